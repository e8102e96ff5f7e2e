import type { CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  again,
  expectAccessible,
  type House,
  openHouse,
  type Person,
  person,
  picture,
} from "./fixtures";
import { openReceiver, type Receiver } from "./push-receiver";
import { ownServer } from "./server";

let house: House;
let receiver: Receiver;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  receiver = await openReceiver();
  house = await openHouse({ WEIR_PUSH_WEB: "on", WEIR_PUSH_PRIVATE_HOSTS: "127.0.0.1" });
  ana = await person(house, "Ana", { permissions: ["notifications"] });
  bob = await person(house, "Bob");
});
afterAll(async () => {
  await house?.close();
  await receiver?.close();
});

async function settings(who: Person) {
  await who.page.getByRole("button", { name: /Profile and settings/ }).click();
  return who.page.getByRole("dialog", { name: "Profile and settings" });
}

/** The browser's own push service is out of reach here: the subscription leads to ours. */
async function subscribesHere(page: Page, already = false): Promise<void> {
  const given = { ...receiver.subscription, already };
  await page.evaluate((given) => {
    let current: unknown = null;
    const fake = {
      endpoint: given.endpoint,
      options: {},
      toJSON: () => ({ endpoint: given.endpoint, keys: given.keys }),
      unsubscribe: async () => {
        current = null;
        return true;
      },
    };
    if (given.already) current = fake;
    Object.assign(PushManager.prototype, {
      subscribe: async () => {
        current = fake;
        return fake;
      },
      getSubscription: async () => current,
    });
  }, given);
}

/** How the browser calls the service worker of the page. */
async function registration(cdp: CDPSession): Promise<string> {
  const told = new Promise<string>((found) => {
    cdp.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [first] = registrations;
      if (first) found(first.registrationId);
    });
  });
  await cdp.send("ServiceWorker.enable");
  return told;
}

const shown = (page: Page) =>
  page.evaluate(async () => {
    const notes = await (await navigator.serviceWorker.ready).getNotifications();
    return notes.map(({ title, body }) => ({ title, body }));
  });

describe.runIf(ownServer)("notifications", () => {
  it("asks for leave only when switched on, and says what to do when it is refused", async () => {
    const dialog = await settings(bob);
    await dialog.getByRole("button", { name: "Turn on notifications" }).click();
    await dialog.getByText(/You refused notifications from this site/).waitFor();
    await expectAccessible(bob.page);
    await picture(bob.page, "notifications-refused");
    await dialog.getByRole("button", { name: "Close" }).click();
  });

  it("is told of a message while nobody looks, and leads to it", async () => {
    await subscribesHere(ana.page);
    const dialog = await settings(ana);
    await dialog.getByRole("button", { name: "Turn on notifications" }).click();
    await dialog.getByText("This browser is notified, also while Weir is closed.").waitFor();
    await expectAccessible(ana.page);
    await picture(ana.page, "notifications");
    await dialog.getByRole("button", { name: "Close" }).click();

    await bob.opens("General");
    await bob.says("The water is rising.");
    await expect.poll(() => receiver.pushed.length, { timeout: 20_000 }).toBe(1);
    const [push] = receiver.pushed;
    expect(push?.body).toContain("The water is rising.");

    // With the app closed; the browser's tests count every open window as looked at.
    const cdp = await ana.page.context().newCDPSession(ana.page);
    const registrationId = await registration(cdp);
    const { origin } = new URL(ana.page.url());
    await ana.page.goto("about:blank");
    await cdp.send("ServiceWorker.deliverPushMessage", {
      origin,
      registrationId,
      data: JSON.stringify(push),
    });
    await ana.page.goto(origin);
    await expect
      .poll(async () => (await shown(ana.page)).map(({ body }) => body).join())
      .toContain("The water is rising.");
    await subscribesHere(ana.page, true);
  });

  it("remembers of what to notify, here and in one conversation", async () => {
    const dialog = await settings(ana);
    await dialog.getByRole("combobox", { name: "Notify me of" }).selectOption("direct_mentions");
    await dialog.getByRole("button", { name: "8 hours" }).click();
    await dialog.getByText(/^Paused until/).waitFor();
    await dialog.getByRole("button", { name: "Close" }).click();

    await ana.opens("General");
    await ana.page.getByRole("button", { name: "Open channel details" }).click();
    const details = ana.page.getByRole("dialog", { name: "Channel details" });
    await details.getByRole("combobox", { name: "Notify me of" }).selectOption("none");
    await expectAccessible(ana.page);
    await picture(ana.page, "notifications-channel");

    const phone = await again(house, ana);
    const there = await settings(phone);
    await expect
      .poll(() => there.getByRole("combobox", { name: "Notify me of" }).inputValue())
      .toBe("direct_mentions");
    await there.getByRole("button", { name: "Notify me again" }).click();
    await there.getByRole("button", { name: "1 hour" }).waitFor();
    await there.getByRole("button", { name: "Close" }).click();
    await phone.opens("General");
    await phone.page.getByRole("button", { name: "Open channel details" }).click();
    await expect
      .poll(() => phone.page.getByRole("combobox", { name: "Notify me of" }).inputValue())
      .toBe("none");
    await phone.close();
  });

  it("forgets the browser when one signs out", async () => {
    await ana.page.keyboard.press("Escape");
    const dialog = await settings(ana);
    const gone = ana.page.waitForRequest(
      (request) => request.method() === "DELETE" && request.url().includes("/devices"),
    );
    await dialog.getByRole("button", { name: "Sign out" }).click();
    expect((await gone).url()).toContain(encodeURIComponent(receiver.subscription.endpoint));
    await ana.page.getByRole("heading", { name: "Welcome back" }).waitFor();
  });
});

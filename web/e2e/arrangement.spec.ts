import { afterAll, beforeAll, expect, it } from "vitest";
import {
  again,
  expectAccessible,
  type House,
  openHouse,
  type Person,
  person,
  picture,
} from "./fixtures";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana");
  bob = await person(house, "Bob");
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  await ana.page.getByRole("button", { name: new RegExp(`^${bob.name}`) }).click();
  await ana.page.getByRole("heading", { level: 1, name: bob.name }).waitFor();
  await ana.says("Hello");
});
afterAll(() => house?.close());

const names = (who: Person) =>
  who.page
    .getByRole("listbox", { name: /Channel list/i })
    .getByRole("option")
    .evaluateAll((rows) => rows.map((row) => row.ariaLabel ?? ""));

async function switches(who: Person, action: string): Promise<void> {
  await who.page.getByRole("button", { name: "Open channel details" }).click();
  const details = who.page.getByRole("dialog", { name: "Channel details" });
  const button = details.getByRole("button", { name: action });
  const before = await button.getAttribute("aria-pressed");
  await button.click();
  await expect.poll(() => button.getAttribute("aria-pressed")).not.toBe(before);
  await expectAccessible(who.page);
  await who.page.keyboard.press("Escape");
  await details.waitFor({ state: "hidden" });
}

const show = (who: Person, which: string) =>
  who.page.getByRole("radio", { name: which, exact: true }).check();

it("keeps a conversation on top, whatever is said elsewhere", async () => {
  await ana.opens("General");
  await switches(ana, "Keep on top");
  await bob.opens(ana.name);
  await bob.says("News from me.");
  await ana.page.getByRole("option", { name: /News from me/ }).waitFor();
  await expect.poll(async () => (await names(ana))[0]).toMatch(/^General.*Pinned/);
  await ana.page.reload();
  await ana.page.getByRole("option", { name: /^General/ }).waitFor();
  await expect.poll(async () => (await names(ana))[0]).toMatch(/^General.*Pinned/);
  await expectAccessible(ana.page);
  await picture(ana.page, "pinned-channel");
});

it("archives one, and finds it again among the archived, on every device", async () => {
  await ana.opens(bob.name);
  await switches(ana, "Archive");
  await expect.poll(async () => (await names(ana)).length).toBe(1);
  const phone = await again(house, ana);
  await expect.poll(async () => (await names(phone)).length).toBe(1);
  await show(phone, "Archived");
  await phone.page.getByRole("option", { name: new RegExp(`^${bob.name}`) }).waitFor();
  await expectAccessible(phone.page);
  await picture(phone.page, "archived");
  await phone.page.getByRole("option", { name: new RegExp(`^${bob.name}`) }).click();
  await switches(phone, "Archive");
  await phone.page.getByText("Nothing archived").waitFor();
  await ana.page.getByRole("option", { name: new RegExp(`^${bob.name}`) }).waitFor();
  await phone.close();
});

it("lists only what is unread", async () => {
  await ana.opens("General");
  await bob.says("And one more.");
  await ana.page.getByRole("option", { name: /1 unread message/ }).waitFor();
  await show(ana, "Unread");
  await expect
    .poll(async () => (await names(ana)).map((name) => name.startsWith(bob.name)))
    .toEqual([true]);
  await show(ana, "All");
});

it("lists the pinned messages and jumps to one", async () => {
  await ana.opens("General");
  await ana.says("The code of the shed is on the board.");
  const line = ana.message("The code of the shed");
  await line.hover();
  await line.getByRole("button", { name: "Open Message Actions Menu" }).click();
  await ana.page.getByRole("menuitem", { name: "Pin Message" }).click();
  await line.getByText(/Pinned by/).waitFor();

  await bob.opens("General");
  await bob.page.getByRole("button", { name: "Open channel details" }).click();
  const details = bob.page.getByRole("dialog", { name: "Channel details" });
  await details.getByText("Pinned messages").first().click();
  const entry = details.getByRole("button", { name: /The code of the shed/ });
  await entry.waitFor();
  await expectAccessible(bob.page);
  await picture(bob.page, "pinned-messages");
  await entry.click();
  await details.waitFor({ state: "hidden" });
  await bob.message("The code of the shed").waitFor();
});

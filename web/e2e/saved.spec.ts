import { afterAll, beforeAll, expect, it } from "vitest";
import {
  again,
  expectAccessible,
  floods,
  type House,
  openHouse,
  type Person,
  picture,
  readings,
  twoInGeneral,
} from "./fixtures";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  [ana, bob] = await twoInGeneral(house);
});
afterAll(() => house?.close());

const list = (who: Person) => who.page.getByRole("button", { name: /^Saved/ }).click();
const pane = (who: Person) => who.page.getByRole("region", { name: "Saved messages" });
const entry = (who: Person, text: string) =>
  pane(who).getByRole("listitem").filter({ hasText: text });

async function menu(who: Person, text: string) {
  const line = who.message(text);
  await line.hover();
  await line.getByRole("button", { name: "Open Message Actions Menu" }).click();
}

it("saves a message for later, for every device", async () => {
  await bob.says("The rope is in the boat house.");
  await ana.message("The rope").waitFor();
  const phone = await again(house, ana);
  await list(phone);
  await pane(phone).getByText("Nothing saved").waitFor();

  await menu(ana, "The rope");
  await ana.page.getByRole("menuitem", { name: "Bookmark Message" }).click();
  await entry(phone, "The rope is in the boat house.").waitFor();
  await phone.page.getByRole("heading", { name: "Saved for later" }).waitFor();
  await phone.close();
});

it("reminds of a message at a moment, and lists what is coming", async () => {
  await bob.says("Read the gauge at noon.");
  await menu(ana, "Read the gauge");
  await ana.page.getByRole("menuitem", { name: /Remind me/i }).click();
  await ana.page.getByRole("menuitem", { name: /hour/ }).first().click();
  await list(ana);
  await entry(ana, "Read the gauge")
    .getByText(/Today|Tomorrow|In \d+ minutes/)
    .waitFor();
  await ana.page.getByRole("heading", { name: "Coming up" }).waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "saved");
});

it("moves the moment, and can be done with", async () => {
  const one = entry(ana, "The rope");
  await one.getByRole("button", { name: /^Remind me of this later/ }).click();
  await expectAccessible(ana.page);
  await picture(ana.page, "saved-menu");
  await ana.page.keyboard.press("ArrowDown");
  await ana.page.getByRole("menuitem", { name: "In 3 hours" }).click();
  await expect.poll(() => pane(ana).getByRole("heading").allInnerTexts()).toEqual(["Coming up"]);
  await entry(ana, "Read the gauge").getByRole("button", { name: /^Done/ }).click();
  await expect.poll(() => entry(ana, "Read the gauge").count()).toBe(0);
});

it("leads to the message", async () => {
  await floods(house, bob, readings);
  await bob.message("Reading 60").waitFor();
  await ana.page.reload();
  await ana.page.getByRole("option", { name: /^General/ }).waitFor();
  await list(ana);
  await entry(ana, "The rope")
    .getByRole("button", { name: /The rope is in/ })
    .first()
    .click();
  await expect.poll(() => ana.message("The rope is in").isVisible()).toBe(true);
});

it("says so when the moment has come", { timeout: 150_000 }, async () => {
  await bob.says("Close the gate.");
  await ana.message("Close the gate.").waitFor();
  // The menu's next moment is two minutes away; the server takes a little less than one.
  await menu(ana, "Close the gate.");
  await ana.page.getByRole("menuitem", { name: /Remind me/i }).click();
  await ana.page.route("**/reminders*", async (route) => {
    const body = { ...route.request().postDataJSON() };
    const remind_at = new Date(Date.now() + 57_000).toISOString();
    await route.continue({ postData: JSON.stringify({ ...body, remind_at }) });
  });
  await ana.page
    .getByRole("menuitem", { name: /minutes/ })
    .first()
    .click();
  const notice = ana.page.getByRole("status", { name: "Reminders" });
  await notice.getByText("Close the gate.").waitFor({ timeout: 100_000 });
  await expectAccessible(ana.page);
  await picture(ana.page, "reminder-due");
  await ana.page.getByRole("button", { name: /^Saved.*1 due/ }).waitFor();
  await notice.getByRole("button", { name: "Open" }).click();
  await expect.poll(() => notice.getByText("Close the gate.").count()).toBe(0);
  await list(ana);
  await ana.page.getByRole("heading", { name: "Due" }).waitFor();
});

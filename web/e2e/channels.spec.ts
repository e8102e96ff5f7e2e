import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAccessible, type House, openHouse, type Person, person, picture } from "./fixtures";

let house: House;
let ana: Person;
let bob: Person;
let chidi: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana");
  bob = await person(house, "Bob");
  chidi = await person(house, "Chidi");
});
afterAll(() => house?.close());

it("makes a channel that the invited see at once, and that they can leave", async () => {
  const name = `Ideas ${Date.now()}`;
  const row = new RegExp(`^${name}`);
  await ana.page.getByRole("button", { name: "New channel" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "New channel" });
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  // With a third person in it, the SDK does not take it for a conversation of two.
  for (const { name } of [chidi, bob]) {
    await dialog.getByRole("searchbox", { name: "Search people" }).fill(name);
    await dialog.getByRole("checkbox", { name: new RegExp(name) }).check();
  }
  await expectAccessible(ana.page);
  await picture(ana.page, "new-channel");
  await dialog.getByRole("button", { name: "Create channel" }).click();
  await ana.page.getByRole("heading", { level: 1, name }).waitFor();
  await ana.page.getByRole("option", { name: row }).waitFor();

  await bob.opens(name);
  await ana.says("What about a second sensor?");
  await bob.message("What about a second sensor?").waitFor();

  await bob.page.getByRole("button", { name: "Open channel details" }).click();
  await expectAccessible(bob.page);
  await bob.page.getByRole("button", { name: "Leave chat" }).click();
  await bob.page.getByRole("alertdialog").getByRole("button", { name: "Leave chat" }).click();
  await expect.poll(() => bob.page.getByRole("option", { name: row }).count()).toBe(0);
  expect(bob.page.url()).not.toContain(name.toLowerCase().replace(" ", "-"));
});

it("counts what is unread, on the row and in the title", async () => {
  await bob.opens("General");
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  await ana.page.getByRole("button", { name: new RegExp(`^${bob.name}`) }).click();
  await ana.page.getByRole("heading", { level: 1, name: bob.name }).waitFor();
  await ana.says("Only for you.");
  await bob.page
    .getByRole("option", { name: new RegExp(`^${ana.name}.*1 unread message`) })
    .waitFor();
  await expect.poll(() => bob.page.title()).toBe("(1) General · Weir");
  await bob.opens(ana.name);
  await expect.poll(() => bob.page.title()).toBe(`${ana.name} · Weir`);
});

it("does not make a channel out of a wrong address", async () => {
  await ana.page.goto(`${house.server.url}/#/c/team:no-such-channel`);
  await ana.page.getByText("This conversation is not here").waitFor();
  await ana.page.getByRole("button", { name: "Back to the list" }).click();
  expect(await ana.page.getByRole("option", { name: /no-such-channel/ }).count()).toBe(0);
});

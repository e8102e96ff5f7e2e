import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAccessible, type House, openHouse, type Person, person, picture } from "./fixtures";

let house: House;
let ana: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana");
});
afterAll(() => house?.close());

it("shows who is here, and when they go", async () => {
  const bob = await person(house, "Bob");
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  const row = ana.page.getByRole("button", { name: new RegExp(`^${bob.name}`) });
  await row.getByText("Online").waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "people");
  await bob.close();
  await expect.poll(() => row.textContent(), { timeout: 15_000 }).not.toContain("Online");
});

it("finds somebody and opens one conversation with them, however often", async () => {
  const chidi = await person(house, "Chidi");
  const find = async () => {
    await ana.page.getByRole("button", { name: "People", exact: true }).click();
    await ana.page.getByRole("searchbox", { name: "Search people" }).fill(chidi.name.slice(0, 4));
    await ana.page.getByRole("button", { name: new RegExp(`^${chidi.name}`) }).click();
    await ana.page.getByRole("heading", { level: 1, name: chidi.name }).waitFor();
    return ana.page.url();
  };
  const first = await find();
  await ana.says("Good morning.");
  await chidi.opens(ana.name);
  await chidi.message("Good morning.").waitFor();
  expect(await find()).toBe(first);

  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  await ana.page.getByRole("searchbox", { name: "Search people" }).fill("zzzzzz");
  await ana.page.getByText("Nobody by that name").waitFor();
  await chidi.close();
});

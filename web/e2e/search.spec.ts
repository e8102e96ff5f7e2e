import { afterAll, beforeAll, expect, it } from "vitest";
import {
  expectAccessible,
  floods,
  type House,
  openHouse,
  type Person,
  person,
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

const label = "Search messages, people, channels";
const field = (who: Person) => who.page.getByRole("searchbox", { name: label });
const group = (who: Person, name: string) => who.page.getByRole("region", { name });

it("finds messages, people and channels in one place", async () => {
  await bob.says("The Kingfisher is back at the weir.");
  await bob.message("Kingfisher").waitFor();
  await ana.page.getByRole("button", { name: "New channel" }).click();
  const dialog = ana.page.getByRole("dialog", { name: "New channel" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Kingfisher watch");
  await dialog.getByRole("button", { name: "Create channel" }).click();
  await ana.page.getByRole("heading", { level: 1, name: "Kingfisher watch" }).waitFor();
  const king = await person(house, "Kingston");

  await field(ana).fill("king");
  await group(ana, "People")
    .getByRole("button", { name: new RegExp(king.name) })
    .waitFor();
  await group(ana, "Channels").getByRole("button", { name: "Kingfisher watch" }).waitFor();
  await group(ana, "Messages")
    .getByRole("button", { name: /Kingfisher is back/ })
    .waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "search");
  await king.close();
});

it("goes through the results with the arrows, and Escape ends it", async () => {
  await field(ana).press("ArrowDown");
  const focused = () => ana.page.evaluate(() => document.activeElement?.textContent);
  expect(await focused()).toMatch(/^(K|.*Kingston)/);
  await ana.page.keyboard.press("ArrowDown");
  expect(await focused()).toMatch(/Kingfisher watch/);
  await ana.page.keyboard.press("Escape");
  await ana.page.getByRole("option", { name: /^General/ }).waitFor();
  expect(await field(ana).inputValue()).toBe("");
});

it("jumps to a message far back", async () => {
  await floods(house, bob, readings);
  await bob.message("Reading 60").waitFor();
  await ana.page.reload();
  await field(ana).fill("kingfisher back");
  await group(ana, "Messages")
    .getByRole("button", { name: /Kingfisher is back/ })
    .click();
  await expect.poll(() => ana.message("The Kingfisher is back").isVisible()).toBe(true);
  await ana.page.getByRole("heading", { level: 1, name: "General" }).waitFor();
  await picture(ana.page, "search-jump");
});

it("says that nothing was found", async () => {
  await field(ana).fill("zzqqxx");
  await ana.page.getByText("Nothing found", { exact: true }).last().waitFor();
  await ana.page.getByText("No person, channel or message fits “zzqqxx”.").waitFor();
  await expectAccessible(ana.page);
});

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Person } from "./fixtures";
import {
  again,
  composerName,
  expectAccessible,
  type House,
  openHouse,
  person,
  picture,
  phone as small,
} from "./fixtures";

let house: House;
let ana: Person;
let phone: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana");
  phone = await again(house, ana, small);
});
afterAll(() => house?.close());

const row = (who: Person) => who.page.getByRole("option", { name: /^General/ });
const text = (who: Person) =>
  who.page.getByRole("textbox", { name: composerName }).first().inputValue();

it("keeps what was begun when one looks away, for every device", async () => {
  await ana.opens("General");
  await ana.composer.fill("About the gauge: I think");
  await ana.page.evaluate(() => window.dispatchEvent(new Event("blur")));
  await row(phone).getByText("About the gauge: I think").waitFor();
  expect(await row(phone).getAttribute("aria-label")).toMatch(/Draft: About the gauge/);
  await expectAccessible(phone.page);
  await picture(phone.page, "drafts");

  await phone.opens("General");
  await expect.poll(() => text(phone)).toBe("About the gauge: I think");
});

it("goes on where the other device stopped, and is gone once it is sent", async () => {
  await phone.composer.fill("About the gauge: I think it sticks.");
  await phone.page.evaluate(() => window.dispatchEvent(new Event("blur")));
  await expect.poll(() => text(ana)).toBe("About the gauge: I think it sticks.");
  await ana.composer.press("Enter");
  await phone.message("I think it sticks.").waitFor();
  await expect.poll(() => text(phone)).toBe("");
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  await ana.page.getByRole("button", { name: "Chats", exact: true }).click();
  await expect.poll(() => row(ana).getAttribute("aria-label")).not.toMatch(/Draft/);
});

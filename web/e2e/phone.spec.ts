import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  composerName,
  expectAccessible,
  type House,
  openHouse,
  type Person,
  person,
  phone,
  picture,
} from "./fixtures";

let house: House;
let ana: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana", phone);
});
afterAll(() => house?.close());

const spills = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);

/** Our own controls that a thumb would miss. */
const tooSmall = (page: Page) =>
  page.getByRole("button").evaluateAll((buttons) =>
    buttons
      .filter((button) => /icon-button|\bbutton\b|tab|person|own-card|link/.test(button.className))
      .filter((button) => !button.className.includes("str-chat"))
      .map((button) => ({
        name: button.textContent || button.ariaLabel,
        box: button.getBoundingClientRect(),
      }))
      .filter(({ box }) => box.width > 0 && (box.height < 44 || box.width < 44))
      .map(({ name }) => name),
  );

it("goes from the list to the conversation to the thread and back", async () => {
  const { page } = ana;
  expect(await page.getByRole("textbox", { name: composerName }).count()).toBe(0);
  expect(await spills(page)).toBe(false);
  expect(await tooSmall(page)).toEqual([]);
  await expectAccessible(page);
  await picture(page, "phone-list");

  await page.getByRole("option", { name: /^General/ }).tap();
  await ana.composer.waitFor();
  await expect.poll(() => page.getByRole("listbox").isVisible()).toBe(false);
  await ana.says("From the towpath.");
  await ana.message("From the towpath.").waitFor();
  expect(await spills(page)).toBe(false);
  await expectAccessible(page);
  await picture(page, "phone-conversation");

  // On a touch screen a message shows its menu once it was touched.
  const line = ana.message("From the towpath.");
  await line.getByText("From the towpath.").tap();
  await line.getByRole("button", { name: "Open Message Actions Menu" }).tap();
  await page.getByRole("menuitem", { name: "Open Thread" }).tap();
  await page.getByRole("button", { name: "Close thread" }).waitFor();
  expect(await spills(page)).toBe(false);
  await picture(page, "phone-thread");

  await page.goBack();
  await expect.poll(() => page.getByRole("button", { name: "Close thread" }).count()).toBe(0);
  await page.getByRole("button", { name: "Back to the list" }).tap();
  await page.getByRole("option", { name: /^General/ }).waitFor();
});

it("has room for threads, what was saved, and the search", async () => {
  const { page } = ana;
  for (const list of ["Threads", "Saved", "People"]) {
    await page.getByRole("button", { name: new RegExp(`^${list}`) }).tap();
    await page.getByRole("status", { name: /^(Loading|Looking)/ }).waitFor({ state: "hidden" });
    expect(await spills(page)).toBe(false);
    expect(await tooSmall(page)).toEqual([]);
    await expectAccessible(page);
    await picture(page, `phone-${list.toLowerCase()}`);
  }
  await page.getByRole("button", { name: "Chats", exact: true }).tap();
  await page.getByRole("searchbox", { name: /^Search messages/ }).fill("towpath");
  const hit = page.getByRole("region", { name: "Messages" }).getByRole("button");
  await hit.first().waitFor();
  expect(await spills(page)).toBe(false);
  expect(await tooSmall(page)).toEqual([]);
  await picture(page, "phone-search");
  await hit.first().tap();
  await ana.message("From the towpath.").waitFor();
  await page.getByRole("button", { name: "Back to the list" }).tap();
  await page.getByRole("searchbox", { name: /^Search messages/ }).fill("");
});

it("finds people and settings", async () => {
  const { page } = ana;
  await page.getByRole("button", { name: "People", exact: true }).tap();
  await page.getByRole("searchbox", { name: "Search people" }).waitFor();
  expect(await spills(page)).toBe(false);
  expect(await tooSmall(page)).toEqual([]);
  await page.getByRole("button", { name: /Profile and settings/ }).tap();
  await page.getByRole("dialog", { name: "Profile and settings" }).waitFor();
  expect(await spills(page)).toBe(false);
  await picture(page, "phone-profile");
});

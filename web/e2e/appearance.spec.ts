import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAccessible, type House, openHouse, person, picture } from "./fixtures";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

/** How light the page behind everything is, from 0 to 255. */
const lightness = (page: Page) =>
  page.evaluate(() => {
    const parts = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g) ?? [];
    return Math.max(...parts.slice(0, 3).map(Number));
  });

it("is dark when the system is, all the way down", async () => {
  const ana = await person(house, "Ana", { colorScheme: "dark" });
  await ana.opens("General");
  await ana.says("Good night.");
  await ana.message("Good night.").waitFor();
  expect(await lightness(ana.page)).toBeLessThan(60);
  await expectAccessible(ana.page);
  await picture(ana.page, "dark");
  await ana.close();
});

it("remembers the switch", async () => {
  const bob = await person(house, "Bob", { colorScheme: "light" });
  expect(await lightness(bob.page)).toBeGreaterThan(200);
  await bob.page.getByRole("button", { name: /Profile and settings/ }).click();
  await bob.page.getByRole("radio", { name: "Dark" }).check();
  expect(await lightness(bob.page)).toBeLessThan(60);
  await bob.page.reload();
  await bob.page.getByRole("option", { name: /^General/ }).waitFor();
  expect(await lightness(bob.page)).toBeLessThan(60);

  await bob.page.getByRole("button", { name: /Profile and settings/ }).click();
  await bob.page.getByRole("radio", { name: "System" }).check();
  expect(await lightness(bob.page)).toBeGreaterThan(200);
  await bob.close();
});

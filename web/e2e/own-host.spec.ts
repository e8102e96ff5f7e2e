import { afterAll, beforeAll, expect, it } from "vitest";
import { type House, openHouse, person, strangers } from "./fixtures";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

it("asks the host it came from and nobody else", async () => {
  const ana = await person(house, "Ana");
  await ana.opens("General");
  await ana.says("Nobody listens in: https://example.org/page 👋");
  await ana.message("Nobody listens in").waitFor();
  const line = ana.message("Nobody listens in");
  await line.hover();
  await line.getByRole("button", { name: "Open Reaction Selector" }).click();
  await ana.page.getByRole("button", { name: "Select Reaction: Heart" }).click();
  await line.getByRole("figure", { name: "Reaction list" }).waitFor();
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  await ana.page.getByRole("searchbox", { name: "Search people" }).waitFor();
  await ana.page.getByRole("button", { name: "Open channel details" }).click();
  await ana.page.getByRole("dialog", { name: "Channel details" }).waitFor();

  expect(ana.asked.some((address) => address.startsWith("ws"))).toBe(true);
  expect(strangers(ana.asked, house.server.url)).toEqual([]);
});

import { afterAll, beforeAll, expect, it } from "vitest";
import {
  composerName,
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

const tab = (who: Person) => who.page.getByRole("button", { name: /^Threads/ });
const rows = (who: Person) =>
  who.page.getByRole("listbox", { name: "Thread list" }).getByRole("option");

async function answers(who: Person, text: string, reply: string): Promise<void> {
  const line = who.message(text);
  await line.hover();
  await line.getByRole("button", { name: "Open Thread" }).click();
  await expect.poll(() => who.page.getByRole("textbox", { name: composerName }).count()).toBe(2);
  const field = who.page.getByRole("textbox", { name: composerName }).last();
  await field.fill(reply);
  await field.press("Enter");
}

it("says that nobody answered in a thread yet", async () => {
  await tab(ana).click();
  await ana.page.getByText("No threads yet").waitFor();
  await expectAccessible(ana.page);
});

it("lists what was answered, unread until it is opened", async () => {
  await ana.says("Who has the key of the sluice?");
  await ana.page.getByRole("button", { name: "Chats", exact: true }).click();
  await bob.message("Who has the key").waitFor();
  await answers(bob, "Who has the key", "It hangs in the hall.");

  await tab(ana).getByText("1 unread").waitFor({ state: "attached" });
  await tab(ana).click();
  const row = rows(ana).filter({ hasText: "Who has the key" });
  await row.waitFor();
  expect(await row.getAttribute("aria-label")).toMatch(/1 unread message/);
  await expectAccessible(ana.page);
  await picture(ana.page, "threads");

  await row.click();
  await ana.page.getByText("It hangs in the hall.").last().waitFor();
  expect(ana.page.url()).toContain("/t/");
  await expect.poll(() => tab(ana).getByText("1 unread").count()).toBe(0);
  await expect.poll(() => row.getAttribute("aria-label")).not.toMatch(/unread/);
});

it("takes the answer from the list, and shows it on the other side", async () => {
  await expect.poll(() => ana.page.getByRole("textbox", { name: composerName }).count()).toBe(2);
  const field = ana.page.getByRole("textbox", { name: composerName }).last();
  await field.fill("Not any more.");
  await field.press("Enter");
  await bob.page.getByText("Not any more.").last().waitFor();
  await rows(ana).filter({ hasText: "2 replies" }).waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "threads-open");
});

it("opens a thread whose beginning lies far back", async () => {
  await bob.page.getByRole("button", { name: "Close thread" }).click();
  await floods(house, bob, readings);
  await bob.message("Reading 60").waitFor();
  const address = ana.page.url();
  await ana.page.goto(house.server.url);
  await ana.page.getByRole("option", { name: /^General/ }).waitFor();
  await ana.page.goto(address);
  await ana.page.reload();
  await ana.page.getByText("It hangs in the hall.").last().waitFor();
  expect(ana.page.url()).toBe(address);
});

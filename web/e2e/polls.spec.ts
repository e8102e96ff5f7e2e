import { afterAll, beforeAll, expect, it } from "vitest";
import {
  expectAccessible,
  type House,
  openHouse,
  type Person,
  picture,
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

const question = "Where do we meet?";

/** An option of the poll, as the person sees it. */
const option = (who: Person, text: string) =>
  who.message(question).getByRole("button").filter({ hasText: text }).first();

const isChosen = (who: Person, text: string) =>
  expect.poll(() => option(who, text).getAttribute("aria-pressed"));

it("asks everybody", async () => {
  const { page } = ana;
  await page.getByRole("button", { name: "Open Attachment Selector" }).first().click();
  await page.getByRole("menuitem", { name: "Poll" }).click();
  const dialog = page.getByTestId("poll-creation-dialog");
  await dialog.getByRole("textbox", { name: "Question" }).fill(question);
  for (const text of ["At the dam", "In the hall"]) {
    await dialog.getByRole("textbox", { name: "Add an Option" }).last().fill(text);
  }
  await dialog.getByRole("switch", { name: /^Add a Comment/ }).click();
  await picture(page, "poll-dialog");
  await dialog.getByRole("button", { name: "Send Poll" }).click();
  for (const who of [ana, bob]) await option(who, "At the dam").waitFor();
});

it("counts a vote on every screen, and moves it", async () => {
  await option(bob, "At the dam").click();
  await isChosen(bob, "At the dam").toBe("true");
  await option(ana, "At the dam").getByText("1", { exact: true }).waitFor();
  await option(bob, "In the hall").click();
  await isChosen(bob, "In the hall").toBe("true");
  await isChosen(bob, "At the dam").toBe("false");
  await option(ana, "In the hall").getByText("1", { exact: true }).waitFor();
  await option(ana, "At the dam").getByText("0", { exact: true }).waitFor();
  await bob.page.reload();
  await bob.opens("General");
  await isChosen(bob, "In the hall").toBe("true");
  await expectAccessible(bob.page);
  await picture(bob.page, "poll");
});

it("takes a comment", async () => {
  await bob.message(question).getByRole("button", { name: "Add a Comment" }).click();
  await bob.page.getByRole("dialog").getByRole("textbox").fill("Bring boots");
  await bob.page.getByRole("dialog").getByRole("button", { name: "Send" }).click();
  await ana
    .message(question)
    .getByRole("button", { name: /View 1 Comment/i })
    .click();
  await ana.page.getByText("Bring boots").waitFor();
  await ana.page.keyboard.press("Escape");
});

it("ends for everybody", async () => {
  await ana.message(question).getByRole("button", { name: "End Poll" }).click();
  await ana.page.getByTestId("end-poll-alert-end-vote-button").click();
  await bob
    .message(question)
    .getByText(/^Vote Ended$/i)
    .waitFor();
  await expect
    .poll(() =>
      bob.message(question).getByRole("button").filter({ hasText: "In the hall" }).count(),
    )
    .toBe(0);
});

import { afterAll, beforeAll, expect, it } from "vitest";
import {
  expectAccessible,
  type House,
  openHouse,
  type Person,
  password,
  person,
  picture,
} from "./fixtures";
import { smallPng } from "./small-png";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana");
  bob = await person(house, "Bob");
});
afterAll(() => house?.close());

it("changes name and picture, and others see it", async () => {
  const name = `Anastasia ${Date.now()}`;
  await bob.page.getByRole("button", { name: "People", exact: true }).click();
  await bob.page.getByRole("button", { name: new RegExp(`^${ana.name}`) }).waitFor();

  await ana.page.getByRole("button", { name: /Profile and settings/ }).click();
  const dialog = ana.page.getByRole("dialog", { name: "Profile and settings" });
  await expectAccessible(ana.page);
  await dialog.getByRole("textbox", { name: "Name" }).fill(name);
  await dialog
    .getByLabel("Picture file")
    .setInputFiles({ name: "ana.png", mimeType: "image/png", buffer: smallPng() });
  await dialog.getByRole("button", { name: "Remove" }).waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Saved").waitFor();
  await picture(ana.page, "profile");
  await dialog.getByRole("button", { name: "Close" }).click();

  await bob.page.getByRole("button", { name: new RegExp(`^${name}`) }).waitFor();
  await ana.page.getByRole("button", { name: new RegExp(`^${name}`) }).waitFor();
});

it("changes the password only for those who know the old one", async () => {
  const changed = "new water under the bridge";
  await bob.page.getByRole("button", { name: /Profile and settings/ }).click();
  const dialog = bob.page.getByRole("dialog", { name: "Profile and settings" });
  await dialog.getByText("Change the password").click();
  const submit = dialog.getByRole("button", { name: "Change password" });
  await dialog.getByLabel("Current password").fill("a wrong guess");
  await dialog.getByLabel("New password").fill(changed);
  await submit.click();
  await expect
    .poll(() => dialog.locator("[role=alert], .field-error").allInnerTexts())
    .not.toEqual([]);
  await dialog.getByLabel("Current password").fill(password);
  await dialog.getByLabel("New password").fill(changed);
  await submit.click();
  await dialog.getByText("Changed").waitFor();
});

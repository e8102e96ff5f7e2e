import { afterAll, beforeAll, expect, it } from "vitest";
import {
  composerName,
  expectAccessible,
  type House,
  openHouse,
  type Person,
  picture,
  twoInGeneral,
} from "./fixtures";
import { smallPng } from "./small-png";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  [ana, bob] = await twoInGeneral(house);
});
afterAll(() => house?.close());

it("carries a message from one to the other, with ticks", async () => {
  await ana.says("Is the gauge up?");
  await bob.message("Is the gauge up?").waitFor();
  await bob.says("Since this morning.");
  await ana.message("Since this morning.").waitFor();
  await ana
    .message("Is the gauge up?")
    .getByRole("img", { name: new RegExp(`Read by .*${bob.name}`) })
    .waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "conversation");
});

it("shows that somebody is typing", async () => {
  await bob.composer.pressSequentially("Let me see", { delay: 20 });
  await ana.page
    .getByText(new RegExp(`${bob.name} is typing`))
    .first()
    .waitFor();
  await bob.composer.fill("");
});

it("takes a reaction", async () => {
  const line = bob.message("Is the gauge up?");
  await line.hover();
  await line.getByRole("button", { name: "Open Reaction Selector" }).click();
  await bob.page.getByRole("button", { name: "Select Reaction: Heart" }).click();
  await ana
    .message("Is the gauge up?")
    .getByRole("figure", { name: "Reaction list" })
    .getByText("❤️")
    .waitFor();
});

it("keeps a thread beside the conversation", async () => {
  const line = bob.message("Since this morning.");
  await line.hover();
  await line.getByRole("button", { name: "Open Thread" }).click();
  const reply = bob.page.getByRole("textbox", { name: composerName }).last();
  await expect.poll(() => bob.page.getByRole("textbox", { name: composerName }).count()).toBe(2);
  expect(bob.page.url()).toContain("/t/");
  await reply.fill("Ten minutes between readings.");
  await reply.press("Enter");

  await ana
    .message("Since this morning.")
    .getByRole("button", { name: /1 reply/ })
    .click();
  await ana.page.getByText("Ten minutes between readings.").last().waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "thread");
  await ana.page.goBack();
  await expect.poll(() => ana.page.getByRole("button", { name: "Close thread" }).count()).toBe(0);
  await bob.page.getByRole("button", { name: "Close thread" }).click();
});

it("quotes, edits, pins and deletes", async () => {
  const choose = async (text: string, action: string) => {
    const line = ana.message(text);
    await line.hover();
    await line.getByRole("button", { name: "Open Message Actions Menu" }).click();
    await ana.page.getByRole("menuitem", { name: action }).click();
  };
  await choose("Since this morning.", "Quote Message");
  await ana.says("Good to know.");
  await bob
    .message("Good to know.")
    .getByRole("button", { name: "Jump to quoted message" })
    .waitFor();

  await choose("Good to know.", "Edit Message");
  await ana.says("Good to know, thanks.");
  await bob.message("Good to know, thanks.").getByText("Edited").waitFor();

  await choose("Good to know, thanks.", "Pin Message");
  await bob
    .message("Good to know, thanks.")
    .getByText(/Pinned by/)
    .waitFor();

  await choose("Good to know, thanks.", "Delete Message");
  await ana.page
    .getByRole("alertdialog")
    .getByRole("button", { name: /Delete/ })
    .click();
  await expect.poll(() => bob.page.getByText("Good to know, thanks.").count()).toBe(0);
});

it("mentions somebody", async () => {
  await ana.composer.pressSequentially(`@${bob.name.split(" ")[0]}`, { delay: 20 });
  await ana.page
    .getByRole("option", { name: new RegExp(bob.name) })
    .last()
    .click();
  await ana.composer.pressSequentially("come and look");
  await ana.composer.press("Enter");
  await bob.message("come and look").getByText(`@${bob.name}`).waitFor();
  await expectAccessible(bob.page);
});

it("sends a picture", async () => {
  const chooser = ana.page.waitForEvent("filechooser");
  await ana.page.getByRole("button", { name: "Open Attachment Selector" }).first().click();
  await ana.page.getByRole("menuitem", { name: "File" }).click();
  await (await chooser).setFiles({ name: "gauge.png", mimeType: "image/png", buffer: smallPng() });
  await ana.composer.fill("The gauge");
  const send = ana.page.getByRole("button", { name: "Send", exact: true }).first();
  await expect.poll(() => send.isEnabled()).toBe(true);
  await send.click();
  const image = bob
    .message("The gauge")
    .getByRole("button", { name: "Open image in gallery" })
    .getByRole("img");
  await image.waitFor();
  await expect
    .poll(() =>
      image.evaluate((element) => (element instanceof HTMLImageElement ? element.naturalWidth : 0)),
    )
    .toBeGreaterThan(0);
  await picture(bob.page, "picture");
});

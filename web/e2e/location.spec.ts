import { afterAll, beforeAll, expect, it } from "vitest";
import {
  expectAccessible,
  type House,
  openHouse,
  type Person,
  person,
  picture,
  strangers,
} from "./fixtures";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana", {
    permissions: ["geolocation"],
    geolocation: { latitude: 48.20849, longitude: 16.37208 },
  });
  bob = await person(house, "Bob");
  await ana.opens("General");
  await bob.opens("General");
});
afterAll(() => house?.close());

async function dialog(who: Person) {
  await who.page.getByRole("button", { name: "Open Attachment Selector" }).first().click();
  await who.page.getByRole("menuitem", { name: "Location" }).click();
  return who.page.getByTestId("share-location-dialog");
}

it("sends a place once, without asking anybody for a map", async () => {
  const share = await dialog(ana);
  await share.getByText("48.20849° N, 16.37208° E").waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "location-dialog");
  await share.getByRole("button", { name: "Share", exact: true }).click();

  const link = bob.message("48.20849° N").getByRole("link", { name: /48\.20849° N/ });
  await link.waitFor();
  expect(await link.getAttribute("href")).toContain("openstreetmap.org");
  await expectAccessible(bob.page);
  await picture(bob.page, "location");
  for (const who of [ana, bob]) expect(strangers(who.asked, house.server.url)).toEqual([]);
});

it("shares live: others see where one goes, until it is stopped", async () => {
  const share = await dialog(ana);
  await share.getByText("48.20849° N, 16.37208° E").waitFor();
  await share.getByTestId("share-location-dialog-live-location-switch").click();
  await share.getByRole("button", { name: "Share", exact: true }).click();
  const card = bob.message("Live location");
  await card.getByText(/^Until /).waitFor();
  expect(await card.getByRole("button", { name: "Stop sharing" }).count()).toBe(0);

  // The SDK takes one report in three seconds.
  const { page } = ana;
  await expect
    .poll(
      async () => {
        const latitude = 48.21 + Math.random() / 1000;
        await page.context().setGeolocation({ latitude, longitude: 16.38 });
        return card.getByText(/16\.38000° E/).count();
      },
      { timeout: 30_000, interval: 1000 },
    )
    .toBe(1);
  await expectAccessible(ana.page);
  await picture(ana.page, "location-live");

  await ana.message("Live location").getByRole("button", { name: "Stop sharing" }).click();
  await bob.message("Live location").getByText("Live location, ended").waitFor();
});

it("says why it does not know a place", async () => {
  const share = await dialog(bob);
  await share.getByText(/This site may not see where you are/).waitFor();
  expect(await share.getByRole("button", { name: "Share", exact: true }).isEnabled()).toBe(false);
  await expectAccessible(bob.page);
  await picture(bob.page, "location-refused");
});

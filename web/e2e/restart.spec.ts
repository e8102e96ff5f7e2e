import { afterAll, beforeAll, expect, it } from "vitest";
import { type House, openHouse, type Person, picture, twoInGeneral } from "./fixtures";
import { ownServer } from "./server";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  [ana, bob] = await twoInGeneral(house);
});
afterAll(() => house?.close());

it.runIf(ownServer)("goes on where it was after the server was killed", async () => {
  await ana.says("Before the plug was pulled.");
  await bob.message("Before the plug was pulled.").waitFor();

  await house.server.kill();
  const banner = (who: Person) => who.page.getByText(/^No connection\./);
  await banner(ana).waitFor();
  await picture(ana.page, "offline");
  await house.server.start();
  await expect.poll(() => banner(ana).count(), { timeout: 40_000 }).toBe(0);
  await expect.poll(() => banner(bob).count(), { timeout: 40_000 }).toBe(0);

  await ana.message("Before the plug was pulled.").waitFor();
  await ana.says("And after it.");
  await bob.message("And after it.").waitFor();
  await bob.says("All still here.");
  await ana.message("All still here.").waitFor();
});

import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAccessible, type House, openHouse, type Person, person, picture } from "./fixtures";

let house: House;
let ana: Person;
let bob: Person;
beforeAll(async () => {
  house = await openHouse();
  ana = await person(house, "Ana");
  bob = await person(house, "Bob");
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
});
afterAll(() => house?.close());

const line = () => ana.page.getByRole("button", { name: new RegExp(`^${bob.name}`) });
const show = (circle: string) => ana.page.getByRole("radio", { name: circle, exact: true }).check();

async function choose(action: string): Promise<void> {
  await ana.page.getByRole("button", { name: `Options for ${bob.name}` }).click();
  await ana.page.getByRole("menuitem", { name: action, exact: true }).click();
}

it("mutes and unmutes somebody", async () => {
  await choose("Mute");
  await line()
    .getByText(/^Muted/)
    .waitFor();
  await show("Muted");
  await line().waitFor();
  await expectAccessible(ana.page);
  await picture(ana.page, "muted");
  await choose("Unmute");
  await ana.page.getByText("Nobody is muted").waitFor();
  await expectAccessible(ana.page);
});

it("blocks somebody from their menu: what they write alone to one does not arrive", async () => {
  await show("Everyone");
  await ana.page.getByRole("button", { name: `Options for ${bob.name}` }).click();
  await ana.page.keyboard.press("End");
  await picture(ana.page, "person-menu");
  await expectAccessible(ana.page);
  await ana.page.keyboard.press("Enter");
  await line()
    .getByText(/^Blocked/)
    .waitFor();
  await show("Blocked");
  await line().waitFor();
  await picture(ana.page, "blocked");
  await ana.page.reload();
  await ana.page.getByRole("button", { name: "People", exact: true }).click();
  await show("Blocked");
  await line().waitFor();
});

it("unblocks, and the list says that nobody is left", async () => {
  await choose("Unblock");
  await ana.page.getByText("Nobody is blocked").waitFor();
  await show("Everyone");
  await expect
    .poll(() =>
      line()
        .getByText(/^Blocked/)
        .count(),
    )
    .toBe(0);
  await expectAccessible(ana.page);
});

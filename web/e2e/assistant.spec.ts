import { StreamChat } from "stream-chat";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  expectAccessible,
  type House,
  openHouse,
  type Person,
  picture,
  twoInGeneral,
} from "./fixtures";

const key = "house";
const secret = "the back end knows it";
const pilot = "pilot";

let house: House;
let ana: Person;
let bob: Person;
let backEnd: StreamChat;
beforeAll(async () => {
  house = await openHouse({ WEIR_API_KEY: key, WEIR_API_SECRET: secret });
  [ana, bob] = await twoInGeneral(house);
  backEnd = new StreamChat(key, secret);
  backEnd.setBaseURL(house.server.url);
  await backEnd.upsertUser({ id: pilot, name: "Pilot" });
  await general().addMembers([pilot]);
});
afterAll(() => house?.close());

const general = () => backEnd.channel("team", "general");
const states = (ai_state: string, message_id: string) =>
  general().sendEvent({ type: "ai_indicator.update", ai_state, message_id, user_id: pilot });
const main = (who: Person) => who.page.getByRole("main");

async function begins(): Promise<string> {
  const { message } = await general().sendMessage({
    text: "",
    ai_generated: true,
    user_id: pilot,
  });
  return message.id;
}

it("shows that an assistant thinks, and its text as it grows", async () => {
  const id = await begins();
  await states("AI_STATE_THINKING", id);
  for (const who of [ana, bob]) await main(who).getByText("Thinking...").waitFor();
  await states("AI_STATE_GENERATING", id);
  await main(ana).getByText("Generating...").waitFor();
  const said = "The river falls a foot by noon";
  await backEnd.ephemeralUpdateMessage(id, { set: { text: said } }, pilot);
  await ana.message(said).waitFor();
  await picture(ana.page, "assistant");
  await expectAccessible(ana.page);
  const whole = `${said}, and rises with the rain.`;
  await backEnd.partialUpdateMessage(id, { set: { text: whole } }, pilot);
  await general().sendEvent({ type: "ai_indicator.clear", user_id: pilot });
  for (const who of [ana, bob]) {
    await who.message(whole).waitFor();
    await main(who).getByText("Generating...").waitFor({ state: "detached" });
  }
});

it("lets whoever reads stop it", async () => {
  const id = await begins();
  await states("AI_STATE_GENERATING", id);
  for (const who of [ana, bob]) await main(who).getByText("Generating...").waitFor();
  await main(ana).getByRole("button", { name: "Stop the assistant" }).click();
  for (const who of [ana, bob]) {
    await main(who).getByText("Generating...").waitFor({ state: "detached" });
    expect(await who.composer.isEditable()).toBe(true);
  }
});

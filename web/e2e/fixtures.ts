import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { expect } from "vitest";
import { type Server, startServer } from "./server";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const patience = 30_000;
const screenshots = join(import.meta.dirname, "screenshots");

/** The SDK names the empty field by its placeholder and the filled one by what it is. */
export const composerName = /^(Send a message|Message input)$/;

export const password = "still waters run deep";

/** One server and one browser for a spec; close them when it is over. */
export interface House {
  server: Server;
  browser: Browser;
  close: () => Promise<void>;
}

/** Somebody with a browser window of their own. */
export interface Person {
  name: string;
  email: string;
  page: Page;
  /** Every address that this window asked. */
  asked: string[];
  composer: Locator;
  says: (text: string) => Promise<void>;
  /** A message in the open conversation that holds these words. */
  message: (text: string) => Locator;
  opens: (conversation: string) => Promise<void>;
  close: () => Promise<void>;
}

export async function openHouse(settings?: NodeJS.ProcessEnv): Promise<House> {
  const server = await startServer(settings);
  const executablePath = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";
  const browser = await chromium.launch({ executablePath, args: flags });
  return {
    server,
    browser,
    close: async () => {
      await browser.close();
      await server.stop();
    },
  };
}

/** A window at the front door. */
export async function visitor(house: House, options: BrowserContextOptions = {}) {
  const context = await house.browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-US",
    // Half-faded words would fail the check of contrast.
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  return { context, page, asked: record(context) };
}

/** The smallest screen that counts. */
export const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

let count = 0;
/** A name that no other spec uses, also on a server that lives longer than one run. */
const unused = (name: string) => `${name} ${(Date.now() % 1_000_000).toString(36)}${count++}`;

/** Somebody who registered and sees the conversation that all are in. */
export async function person(
  house: House,
  first: string,
  options?: BrowserContextOptions,
): Promise<Person> {
  const { context, page, asked } = await visitor(house, options);
  const name = unused(first);
  const email = `${name.toLowerCase().replace(/\s/g, ".")}@example.org`;
  const answer = await context.request.post(`${house.server.url}/weir/v1/register`, {
    data: { name, email, password },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  await page.goto(house.server.url);
  await page.getByRole("option", { name: /^General/ }).waitFor();
  return { name, email, page, asked, ...acts(page), close: () => context.close() };
}

/** Ana and Bob, both in the channel that everybody is in. */
export async function twoInGeneral(house: House): Promise<[Person, Person]> {
  const ana = await person(house, "Ana");
  const bob = await person(house, "Bob");
  await ana.opens("General");
  await bob.opens("General");
  return [ana, bob];
}

/** The same person at another device. */
export async function again(
  house: House,
  { name, email }: Person,
  options?: BrowserContextOptions,
): Promise<Person> {
  const { context, page, asked } = await visitor(house, options);
  const answer = await context.request.post(`${house.server.url}/weir/v1/sign-in`, {
    data: { email, password },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  await page.goto(house.server.url);
  await page.getByRole("option", { name: /^General/ }).waitFor();
  return { name, email, page, asked, ...acts(page), close: () => context.close() };
}

/** Many messages in the conversation that all are in, faster than one types. */
export async function floods(house: House, { page }: Person, texts: string[]): Promise<void> {
  const { request } = page.context();
  const me = await (await request.get(`${house.server.url}/weir/v1/me`)).json();
  const address = `${house.server.url}/channels/team/general/message?api_key=${me.api_key}`;
  const headers = { authorization: me.token, "stream-auth-type": "jwt" };
  for (const text of texts) {
    const answer = await request.post(address, { headers, data: { message: { text } } });
    expect(answer.status(), await answer.text()).toBe(201);
  }
}

/** "Reading 1", "Reading 2" and so on: enough to push what was before out of what is loaded. */
export const readings = Array.from({ length: 60 }, (_, at) => `Reading ${at + 1}`);

function acts(page: Page) {
  const composer = page.getByRole("textbox", { name: composerName }).first();
  return {
    composer,
    says: async (text: string) => {
      await composer.fill(text);
      await composer.press("Enter");
    },
    message: (text: string) =>
      page.getByRole("main").getByRole("listitem").filter({ hasText: text }).last(),
    opens: async (conversation: string) => {
      await page.getByRole("button", { name: "Chats", exact: true }).click();
      await page.getByRole("option", { name: new RegExp(`^${escaped(conversation)}`) }).click();
      await page.getByRole("heading", { level: 1, name: conversation }).waitFor();
    },
  };
}

export const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function record(context: BrowserContext): string[] {
  const asked: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => asked.push(socket.url())));
  for (const page of context.pages()) page.on("websocket", (socket) => asked.push(socket.url()));
  return asked;
}

/** The addresses that are not the server's. What the page keeps to itself has no host. */
export function strangers(asked: string[], url: string): string[] {
  const { host } = new URL(url);
  return asked.filter(
    (address) => !/^(data|blob|about):/.test(address) && new URL(address).host !== host,
  );
}

/** No known barrier for people who use a keyboard, a screen reader or strong contrast, by day and by night. */
export async function expectAccessible(page: Page): Promise<void> {
  await byDayAndNight(page, async (scheme) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    const barriers = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, html, any }) => [
        id,
        target.join(" "),
        html,
        ...any.map(({ message }) => message),
      ]),
    );
    expect(barriers, scheme).toEqual([]);
  });
}

/** What it looks like, by day and by night: `name-light.png` and `name-dark.png`. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await byDayAndNight(page, async (scheme) => {
    await page.screenshot({ path: join(screenshots, `${name}-${scheme}.png`) });
  });
}

/** In the colours of either kind of system; the one that the page has comes last, and stays. */
async function byDayAndNight(page: Page, look: (scheme: "light" | "dark") => Promise<void>) {
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  for (const scheme of isDark ? (["light", "dark"] as const) : (["dark", "light"] as const)) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(settled);
    await look(scheme);
  }
}

/** The page learns of new colours before it draws the next frame, and has drawn the one after; what moves comes to rest. */
async function settled() {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const moves = () =>
    document
      .getAnimations()
      .filter(
        ({ effect, playState }) =>
          playState === "running" && effect?.getComputedTiming().endTime !== Infinity,
      );
  // A colour that fades is inherited, and fades again in what is within.
  for (let fading = moves(); fading.length > 0; fading = moves())
    await Promise.allSettled(fading.map(({ finished }) => finished));
}

import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAccessible, type House, openHouse, password, picture, visitor } from "./fixtures";
import { ownServer } from "./server";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

it("takes somebody in, out and in again", async () => {
  const { page, context } = await visitor(house);
  const email = `ana.${Date.now()}@example.org`;
  await page.goto(house.server.url);
  if (!ownServer) await page.getByRole("button", { name: "Create an account" }).click();
  // A server without accounts asks for the first one by itself.
  await page.getByRole("heading", { name: "Create your account" }).waitFor();
  await expectAccessible(page);
  await picture(page, "register");

  await page.getByLabel("Name").fill("Ana Ruiz");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("option", { name: /^General/ }).waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: /Profile and settings/ }).click();
  await page.getByRole("dialog").getByText(email).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  await expectAccessible(page);

  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("not this one");
  await page.getByLabel("Password", { exact: true }).press("Enter");
  await page.getByRole("alert").getByText("E-mail or password is wrong.").waitFor();
  await picture(page, "sign-in-wrong");

  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("option", { name: /^General/ }).waitFor();

  await page.reload();
  await page.getByRole("option", { name: /^General/ }).waitFor();
  await context.close();
});

it("says beside the field what is wrong with it", async () => {
  const first = await visitor(house);
  const email = `bob.${Date.now()}@example.org`;
  await first.context.request.post(`${house.server.url}/weir/v1/register`, {
    data: { name: "Bob", email, password },
  });
  await first.context.close();

  const { page, context } = await visitor(house);
  await page.goto(house.server.url);
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Name").fill("Another Bob");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Create account" }).click();
  await expect.poll(() => page.getByLabel("E-mail").getAttribute("aria-invalid")).toBe("true");
  await context.close();
});

import { expect, it } from "vitest";
import { tintOf } from "./tint";

it("stays with the name and spreads over all", () => {
  expect(tintOf("Ana Ruiz")).toBe(tintOf("Ana Ruiz"));
  expect(tintOf("")).toMatch(/^tint-[1-5]$/);
  const all = new Set(Array.from({ length: 60 }, (_, index) => tintOf(`Person ${index}`)));
  expect(all.size).toBe(5);
});

import { expect, it } from "vitest";
import { levelOf } from "./level";

it("knows the server's levels by ours", () => {
  expect(levelOf("all")).toBe("all");
  expect(levelOf("mentions")).toBe("direct_mentions");
  expect(levelOf("all_mentions")).toBe("direct_mentions");
  expect(levelOf("none")).toBe("none");
});

it("leaves out what is not decided", () => {
  expect(levelOf(undefined)).toBeUndefined();
  expect(levelOf("default")).toBeUndefined();
  expect(levelOf("something new")).toBeUndefined();
});

import { expect, it } from "vitest";
import { summary } from "./summary";

it("says how much was found, in words that fit the number", () => {
  expect(summary(0, 0, 0, false)).toBe("Nothing found");
  expect(summary(1, 2, 1, false)).toBe("1 person, 2 channels, 1 message");
  expect(summary(2, 1, 20, true)).toBe("2 people, 1 channel, more than 20 messages");
});

import { describe, expect, it } from "vitest";
import { whenText } from "./when";

const at = (text: string) => new Date(text).getTime();
const now = at("2026-03-10T12:00:00");

describe("whenText", () => {
  it.each([
    ["2026-03-10T12:00:30", "In a moment"],
    ["2026-03-10T11:59:30", "Now"],
    ["2026-03-10T12:30:00", "In 30 minutes"],
    ["2026-03-10T11:55:00", "5 minutes ago"],
    ["2026-03-10T14:05:00", "Today, 2:05 PM"],
    ["2026-03-11T08:00:00", "Tomorrow, 8:00 AM"],
    ["2026-03-09T08:00:00", "Yesterday, 8:00 AM"],
    ["2026-03-15T08:00:00", "Sun, Mar 15, 8:00 AM"],
  ])("%s is %s", (moment, words) => {
    expect(whenText(at(moment), now).replace(/\u202f/g, " ")).toBe(words);
  });
});

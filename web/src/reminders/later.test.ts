import { describe, expect, it } from "vitest";
import { laterChoices } from "./later";

const at = (text: string) => new Date(text).getTime();
const chosen = (now: string, label: string) =>
  laterChoices(at(now))
    .find((choice) => choice.label === label)
    ?.at.getTime();

describe("laterChoices", () => {
  it("counts from now", () => {
    expect(chosen("2026-03-10T12:00:00", "In 20 minutes")).toBe(at("2026-03-10T12:20:00"));
    expect(chosen("2026-03-10T23:30:00", "In 1 hour")).toBe(at("2026-03-11T00:30:00"));
  });

  it("knows the next morning, also at the end of a month", () => {
    expect(chosen("2026-03-31T23:00:00", "Tomorrow morning")).toBe(at("2026-04-01T09:00:00"));
  });

  it.each([
    ["2026-03-08T12:00:00", "2026-03-09T09:00:00"],
    ["2026-03-09T12:00:00", "2026-03-16T09:00:00"],
    ["2026-03-14T12:00:00", "2026-03-16T09:00:00"],
  ])("from %s Monday is %s", (now, monday) => {
    expect(chosen(now, "Next Monday")).toBe(at(monday));
  });

  it("offers nothing that is over", () => {
    for (const { at: moment } of laterChoices(at("2026-03-10T23:59:00")))
      expect(moment.getTime()).toBeGreaterThan(at("2026-03-10T23:59:59"));
  });
});

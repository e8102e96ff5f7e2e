import { expect, it } from "vitest";
import { pausesFrom, pauseText } from "./pauses";

const now = new Date("2026-03-31T22:30:00").getTime();

it("is quiet for hours, or until the next morning", () => {
  const until = pausesFrom(now).map((pause) => pause.until.getTime() - now);
  expect(until).toEqual([3_600_000, 8 * 3_600_000, 9.5 * 3_600_000]);
});

it("says until when, as long as it lasts", () => {
  expect(pauseText(new Date("2026-04-01T08:00:00").toISOString(), now)).toMatch(
    /^Paused until Wednesday.*8:00/,
  );
  expect(pauseText(new Date(now - 1).toISOString(), now)).toBeUndefined();
  expect(pauseText(undefined, now)).toBeUndefined();
});

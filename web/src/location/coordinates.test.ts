import { describe, expect, it } from "vitest";
import { coordinatesText, mapLink, onEarth } from "./coordinates";

describe("a place", () => {
  it.each([
    [48.208492, 16.372081, "48.20849° N, 16.37208° E"],
    [-33.9, -70.5, "33.90000° S, 70.50000° W"],
    [0, 0, "0.00000° N, 0.00000° E"],
  ])("at %d, %d is written %s", (latitude, longitude, words) => {
    expect(coordinatesText({ latitude, longitude })).toBe(words);
  });

  it("has a map behind a link", () => {
    const link = new URL(mapLink({ latitude: -1.5, longitude: 2.25 }));
    expect(link.host).toBe("www.openstreetmap.org");
    expect(link.searchParams.get("mlat")).toBe("-1.50000");
    expect(link.hash).toBe("#map=16/-1.50000/2.25000");
  });

  it("lies where it is on the earth", () => {
    expect(onEarth({ latitude: 90, longitude: -180 })).toEqual({ x: 0, y: 0 });
    expect(onEarth({ latitude: 0, longitude: 0 })).toEqual({ x: 0.5, y: 0.5 });
  });
});

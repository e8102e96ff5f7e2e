import { describe, expect, it } from "vitest";
import { partsOf } from "./parts";

const found = (text: string, words: string) =>
  partsOf(text, words)
    .filter((part) => part.found)
    .map((part) => part.text);

describe("partsOf", () => {
  it("marks the words, whole, and loses nothing", () => {
    const text = "The gauge, the old gauge: is it up?";
    expect(found(text, "gau")).toEqual(["gauge", "gauge"]);
    expect(
      partsOf(text, "gau")
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });

  it("minds neither accents nor capitals", () => {
    expect(found("Das Café im Süden", "CAFE sud")).toEqual(["Café", "Süden"]);
  });

  it("marks nothing inside a word, and nothing without words", () => {
    expect(found("regauge", "gauge")).toEqual([]);
    expect(found("anything", " . ")).toEqual([]);
  });

  it("leaves out the beginning of a long message", () => {
    const [start] = partsOf(`${"word ".repeat(40)}gauge`, "gauge");
    expect(start?.text.length).toBeLessThan(40);
    expect(start?.text.startsWith("…")).toBe(true);
  });
});

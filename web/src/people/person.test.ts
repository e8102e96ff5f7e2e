import { describe, expect, it } from "vitest";
import { inOrder, type Person, personOf, presenceText } from "./person";

const person = (name: string, online: boolean, lastActive?: string): Person => ({
  id: name.toLowerCase(),
  name,
  online,
  lastActive,
});

describe("inOrder", () => {
  it("puts those who are here first", () => {
    const names = inOrder([
      person("Ben", false),
      person("Zoe", true),
      person("Ana", false),
      person("Cy", true),
    ]).map(({ name }) => name);
    expect(names).toEqual(["Cy", "Zoe", "Ana", "Ben"]);
  });
});

describe("personOf", () => {
  it("calls somebody without a name by the id", () => {
    expect(personOf({ id: "ana-1" }).name).toBe("ana-1");
    expect(personOf({ id: "ana-1", name: "" }).name).toBe("ana-1");
  });
});

describe("presenceText", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  it.each([
    [person("a", true), "Online"],
    [person("a", false), "Offline"],
    [person("a", false, "nonsense"), "Offline"],
    [person("a", false, "2026-11-21T11:59:40Z"), "Here a moment ago"],
    [person("a", false, "2026-11-21T11:20:00Z"), "Here 40 minutes ago"],
    [person("a", false, "2026-11-21T09:00:00Z"), "Here 3 hours ago"],
    [person("a", false, "2026-11-20T09:00:00Z"), "Here yesterday"],
    [person("a", false, "2026-01-20T09:00:00Z"), "Offline"],
  ])("%o is %s", (who, text) => expect(presenceText(who, now)).toBe(text));
});

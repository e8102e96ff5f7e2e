import { afterEach, describe, expect, it } from "vitest";
import { remember, rememberedChoice, resolve } from "./theme";

afterEach(() => localStorage.clear());

describe("theme", () => {
  it("follows the system until told otherwise", () => {
    expect(rememberedChoice()).toBe("system");
    expect(resolve("system", true)).toBe("dark");
    expect(resolve("system", false)).toBe("light");
  });

  it("remembers the switch", () => {
    remember("dark");
    expect(rememberedChoice()).toBe("dark");
    expect(resolve(rememberedChoice(), false)).toBe("dark");
    remember("system");
    expect(rememberedChoice()).toBe("system");
  });

  it("takes nonsense in the storage for nothing", () => {
    localStorage.setItem("weir.theme", "purple");
    expect(rememberedChoice()).toBe("system");
  });
});

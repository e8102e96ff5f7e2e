import { describe, expect, it } from "vitest";
import { titleOf } from "./title";

describe("titleOf", () => {
  it("names the place", () => {
    expect(titleOf(undefined, 0)).toBe("Weir");
    expect(titleOf("General", 0)).toBe("General · Weir");
  });

  it("counts what is unread, up to a point", () => {
    expect(titleOf("General", 3)).toBe("(3) General · Weir");
    expect(titleOf(undefined, 1000)).toBe("(99+) Weir");
  });
});

import { describe, expect, it } from "vitest";
import { channelId } from "./channel-id";

const still = (bytes: Uint8Array) => bytes.fill(0);

describe("channelId", () => {
  it("keeps the words of the name", () => {
    expect(channelId("Böte & Wehre, 2026!", still)).toBe("bote-wehre-2026-aaaaaaaa");
  });

  it("does without words", () => {
    expect(channelId("水", still)).toBe("aaaaaaaa");
    expect(channelId("🙂 ", still)).toBe("aaaaaaaa");
  });

  it("stays within the protocol's 64 characters", () => {
    const id = channelId("a long name ".repeat(20));
    expect(id.length).toBeLessThanOrEqual(64);
    expect(id).toMatch(/^[\w-]+$/);
  });

  it("is another one every time", () => {
    expect(channelId("a")).not.toBe(channelId("a"));
  });
});

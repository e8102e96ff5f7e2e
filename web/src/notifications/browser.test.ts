import { afterEach, describe, expect, it, vi } from "vitest";
import { ability, keyBytes } from "./browser";

afterEach(() => vi.unstubAllGlobals());

describe("keyBytes", () => {
  it("reads base64url without padding", () => {
    expect([...keyBytes("-_8")]).toEqual([251, 255]);
    expect(keyBytes("BA".padEnd(87, "A")).length).toBe(65);
  });
});

describe("ability", () => {
  const modern = (permission: string) => {
    vi.stubGlobal("isSecureContext", true);
    vi.stubGlobal("PushManager", class {});
    vi.stubGlobal("Notification", { permission });
    vi.stubGlobal("navigator", { serviceWorker: {} });
  };

  it("needs https", () => {
    modern("default");
    vi.stubGlobal("isSecureContext", false);
    expect(ability()).toBe("insecure");
  });

  it("knows a browser without pushes, and one that was told not to", () => {
    modern("default");
    expect(ability()).toBe("able");
    vi.stubGlobal("navigator", {});
    expect(ability()).toBe("unsupported");
    modern("denied");
    expect(ability()).toBe("refused");
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";
import { tokens } from "./stream";

const answer = (status: number, body: object) =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(JSON.stringify(body), { status })),
  );

afterEach(() => vi.unstubAllGlobals());

describe("tokens", () => {
  it("uses the session's token once and then asks", async () => {
    answer(200, { token: "second" });
    const next = tokens("first", () => {});
    expect(await next()).toBe("first");
    expect(await next()).toBe("second");
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it("tells when the session is over", async () => {
    answer(401, { code: 5, message: "not signed in" });
    const over = vi.fn();
    await expect(tokens(undefined, over)()).rejects.toThrow("Not signed in.");
    expect(over).toHaveBeenCalledOnce();
  });

  it("does not take a server that is away for the end of the session", async () => {
    answer(503, { code: -1, message: "no storage" });
    const over = vi.fn();
    await expect(tokens(undefined, over)()).rejects.toThrow();
    expect(over).not.toHaveBeenCalled();
  });
});

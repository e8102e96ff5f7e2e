import { describe, expect, it } from "vitest";
import { Problem, problemFrom, problemOf, sentence } from "./problem";

describe("problemFrom", () => {
  it("reads the sentence for each refused field", () => {
    const problem = problemFrom(
      400,
      { code: 4, message: "Register failed", exception_fields: { email: "is taken" } },
      null,
    );
    expect(problem.fields).toEqual({ email: "is taken" });
    expect(problem.message).toBe("Register failed.");
    expect(problem.passing).toBe(false);
  });

  it("says how long to wait", () => {
    expect(problemFrom(429, {}, "30").message).toContain("30 seconds");
    expect(problemFrom(429, {}, "600").message).toContain("10 minutes");
    expect(problemFrom(429, {}, null).message).toContain("Wait a moment");
  });

  it("keeps the inside of the server to itself", () => {
    const problem = problemFrom(503, { message: "redis: connection refused" }, null);
    expect(problem.message).not.toContain("redis");
    expect(problem.passing).toBe(true);
  });

  it("survives an answer that is not an envelope", () => {
    expect(problemFrom(404, "<html>", null).message).toBe("That did not work.");
    expect(problemFrom(400, { exception_fields: [1] }, null).fields).toEqual({});
  });
});

describe("problemOf", () => {
  it("takes a failed fetch for a lost connection", () => {
    expect(problemOf(new TypeError("Failed to fetch")).passing).toBe(true);
  });

  it("leaves a problem as it is", () => {
    const problem = new Problem("x", 401);
    expect(problemOf(problem)).toBe(problem);
    expect(problem.signedOut).toBe(true);
  });

  it("keeps the words of the chat client", () => {
    const error = Object.assign(new Error("channel name is too long"), { status: 400 });
    expect(problemOf(error).message).toBe("Channel name is too long.");
  });
});

describe("sentence", () => {
  it("begins with a capital and ends with a stop", () => {
    expect(sentence("e-mail or password is wrong")).toBe("E-mail or password is wrong.");
    expect(sentence("Really?")).toBe("Really?");
    expect(sentence("  ")).toBe("");
  });
});

import { describe, expect, it } from "vitest";
import { formatRoute, parseRoute } from "./route";

describe("route", () => {
  it.each([
    {},
    { cid: "team:general" },
    { cid: "messaging:!members-AbC_d-9" },
    { cid: "team:general", thread: "3f0c-77/x y" },
    { cid: "team:general", message: "m 1/2" },
  ])("comes back as it went: %o", (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it.each(["", "#", "#/", "#/x/team:general", "#/c/", "#/c/general", "#/c/a:b%", "#/c/../etc:x"])(
    "leads home from %s",
    (hash) => expect(parseRoute(hash)).toEqual({}),
  );
});

import { describe, expect, it } from "vitest";
import { grouped, nextMoment, type Saved, savedOf } from "./reminder";

const saved = (messageId: string, savedAt: number, remindAt?: number): Saved => ({
  messageId,
  cid: "team:general",
  author: "Bob",
  text: "Look",
  savedAt,
  remindAt,
});
const ids = (list: Saved[]) => list.map(({ messageId }) => messageId);

describe("grouped", () => {
  it("tells what is due from what is coming and what has no moment", () => {
    const all = [
      saved("later-old", 1),
      saved("tomorrow", 2, 300),
      saved("now", 3, 100),
      saved("soon", 4, 200),
      saved("long-due", 5, 50),
      saved("later-new", 6),
    ];
    const groups = grouped(all, 100);
    expect(ids(groups.due)).toEqual(["long-due", "now"]);
    expect(ids(groups.coming)).toEqual(["soon", "tomorrow"]);
    expect(ids(groups.later)).toEqual(["later-new", "later-old"]);
  });

  it("knows when to look again", () => {
    const all = [saved("a", 1, 300), saved("b", 2, 200), saved("c", 3, 100), saved("d", 4)];
    expect(nextMoment(all, 100)).toBe(200);
    expect(nextMoment(all, 300)).toBeUndefined();
  });
});

describe("savedOf", () => {
  const reminder = {
    channel_cid: "team:general",
    message_id: "m1",
    user_id: "ana",
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
  };

  it("has words for a message without any", () => {
    const message = { id: "m1", attachments: [{ type: "image" }] };
    const one = savedOf({ ...reminder, message } as never);
    expect(one).toMatchObject({ text: "An attachment", author: "Somebody", remindAt: undefined });
  });

  it("knows the thread of a reply", () => {
    const message = { id: "m1", text: "Yes", parent_id: "p", user: { id: "bob", name: "Bob" } };
    const one = savedOf({ ...reminder, remind_at: "2026-01-02T00:00:00Z", message } as never);
    expect(one).toMatchObject({ text: "Yes", author: "Bob", parentId: "p" });
    expect(one.remindAt).toBe(Date.parse("2026-01-02T00:00:00Z"));
  });
});

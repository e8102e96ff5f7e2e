import type { DraftResponse } from "stream-chat";
import { describe, expect, it } from "vitest";
import { textsOf, withDraft, withoutDraft } from "./draft-map";

const draft = (channel_cid: string, text: string, more: object = {}): DraftResponse => ({
  channel_cid,
  created_at: "2026-01-01T00:00:00Z",
  message: { id: "d", text },
  ...more,
});

describe("drafts by conversation", () => {
  it("keeps the latest words on one line", () => {
    const known = textsOf([draft("team:a", "one\n two "), draft("team:b", "three")]);
    expect([...withDraft(known, draft("team:a", "four"))]).toEqual([
      ["team:a", "four"],
      ["team:b", "three"],
    ]);
    expect(known.get("team:a")).toBe("one two");
  });

  it("leaves the threads to themselves", () => {
    const known = textsOf([draft("team:a", "in a thread", { parent_id: "m" })]);
    expect(known.size).toBe(0);
    const other = textsOf([draft("team:a", "one")]);
    expect(withoutDraft(other, "team:a", "m")).toBe(other);
    expect(withoutDraft(other, "team:a").size).toBe(0);
  });

  it("has words for a draft without any", () => {
    const message = { id: "d", text: "", attachments: [{ type: "image" }] };
    expect(textsOf([draft("team:a", "", { message })]).get("team:a")).toBe("an attachment");
  });
});

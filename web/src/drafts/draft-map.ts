import type { DraftResponse } from "stream-chat";

/** The words begun in each conversation, by its cid. Drafts of threads are found in their threads. */
export type DraftTexts = ReadonlyMap<string, string>;

export function textsOf(drafts: DraftResponse[]): DraftTexts {
  return drafts.reduce<DraftTexts>(withDraft, new Map());
}

export function withDraft(known: DraftTexts, draft: DraftResponse): DraftTexts {
  if (draft.parent_id) return known;
  return new Map(known).set(draft.channel_cid, draftText(draft));
}

export function withoutDraft(known: DraftTexts, cid: string, parentId?: string): DraftTexts {
  if (parentId || !known.has(cid)) return known;
  const next = new Map(known);
  next.delete(cid);
  return next;
}

function draftText({ message }: DraftResponse): string {
  const text = message.text?.trim().replace(/\s+/g, " ");
  if (text) return text;
  return message.attachments?.length ? "an attachment" : "a message";
}

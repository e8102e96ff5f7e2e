const tints = 5;

/** One of a few quiet colours, always the same for the same name. The style sheet has them. */
export function tintOf(name: string): string {
  let sum = 0x811c9dc5;
  for (const letter of name) sum = Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  return `tint-${(((sum ^ (sum >>> 15)) >>> 0) % tints) + 1}`;
}

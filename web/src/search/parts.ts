export interface Part {
  text: string;
  /** One of the words looked for. */
  found: boolean;
}

/** How much of a long message is shown before the first word that was found. */
const lead = 32;

const plain = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** A text cut where the words looked for begin; accents and capitals make no difference. */
export function partsOf(text: string, words: string): Part[] {
  const wanted = plain(words).match(/[\p{L}\p{N}]+/gu) ?? [];
  const parts: Part[] = [];
  for (const [piece] of text.matchAll(/[\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}]+/gu)) {
    const found = wanted.some((word) => plain(piece).startsWith(word));
    const last = parts.at(-1);
    if (last && last.found === found) last.text += piece;
    else parts.push({ text: piece, found });
  }
  return shortened(parts);
}

/** In a long message the words found are far from the start: what is before them is left out. */
function shortened(parts: Part[]): Part[] {
  const [first, second] = parts;
  if (!first || !second || first.found || first.text.length <= lead * 2) return parts;
  const tail = first.text.slice(-lead).replace(/^\S*\s/, "");
  return [{ text: `…${tail}`, found: false }, ...parts.slice(1)];
}

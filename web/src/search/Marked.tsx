import { partsOf } from "./parts";

/** A text in which the words looked for stand out. */
export function Marked({ text, words }: { text: string; words: string }) {
  return (
    <>
      {partsOf(text, words).map((part, at) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other name and never move
        part.found ? <mark key={at}>{part.text}</mark> : <span key={at}>{part.text}</span>,
      )}
    </>
  );
}

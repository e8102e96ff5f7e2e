/** Shown in the list instead of the last message: here something was begun. */
export function DraftPreview({ text }: { text: string }) {
  return (
    <p className="draft-preview">
      <span className="draft-word">Draft:</span> {text}
    </p>
  );
}

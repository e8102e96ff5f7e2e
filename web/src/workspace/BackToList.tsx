import { IconButton } from "../ui/IconButton";
import { redirect } from "./useRoute";

/** On a phone, the way from the conversation to the list; the style sheet hides it elsewhere. */
export function BackToList() {
  return (
    <span className="only-narrow">
      <IconButton icon="back" label="Back to the list" onClick={() => redirect({})} />
    </span>
  );
}

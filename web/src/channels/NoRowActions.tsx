/**
 * Nothing. The list is a listbox, which may hold options and nothing else; the SDK's buttons inside
 * its rows break that for screen readers. Muting and leaving are in the conversation's details.
 */
export function NoRowActions() {
  return null;
}

import type { KeyboardEvent, RefObject } from "react";

/** Up and down, Home and End move the focus among the elements that the selector names. */
export function useArrowKeys(place: RefObject<HTMLElement | null>, selector: string) {
  return (event: KeyboardEvent) => {
    const items = [...(place.current?.querySelectorAll<HTMLElement>(selector) ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = {
      ArrowDown: items[at + 1],
      ArrowUp: items[at - 1],
      Home: items[0],
      End: items.at(-1),
    }[event.key];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  };
}

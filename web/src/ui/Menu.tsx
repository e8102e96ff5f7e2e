import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { Icon, type IconName } from "./Icon";
import { IconButton } from "./IconButton";

export interface MenuChoice {
  label: string;
  icon?: IconName;
  danger?: boolean;
  onChoose: () => void;
}

interface MenuProps {
  /** What the button that opens it is called. */
  label: string;
  icon?: IconName;
  choices: MenuChoice[];
}

/** A button that opens a few choices. Arrow keys move, Escape closes, the focus comes back. */
export function Menu({ label, icon = "more", choices }: MenuProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const place = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return;
    list.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (event: Event) => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    place.current?.querySelector<HTMLElement>(".icon-button")?.focus();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      close();
      return;
    }
    const items = [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const next = neighbour(event.key, items.indexOf(document.activeElement as HTMLElement), items);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <div className="menu" ref={place}>
      <IconButton
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div
          className="menu-list"
          id={id}
          ref={list}
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={onKeyDown}
        >
          {choices.map((choice) => (
            <button
              key={choice.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={choice.danger ? "menu-item menu-danger" : "menu-item"}
              onClick={() => {
                close();
                choice.onChoose();
              }}
            >
              {choice.icon && <Icon name={choice.icon} />}
              <span>{choice.label}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** The item that a key leads to; from the last the first follows. */
function neighbour(key: string, at: number, items: HTMLElement[]): HTMLElement | undefined {
  switch (key) {
    case "ArrowDown":
      return items[(at + 1) % items.length];
    case "ArrowUp":
      return items[(at - 1 + items.length) % items.length];
    case "Home":
      return items[0];
    case "End":
      return items.at(-1);
    default:
      return undefined;
  }
}

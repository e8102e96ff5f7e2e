import type { ComponentProps } from "react";
import { Icon, type IconName } from "./Icon";

interface ButtonProps extends ComponentProps<"button"> {
  look?: "main" | "quiet" | "danger";
  icon?: IconName;
  busy?: boolean;
}

/** A button with words on it. While busy it stays in place and does nothing. */
export function Button({ look = "main", icon, busy, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`button button-${look}`}
      aria-busy={busy || undefined}
      disabled={busy || rest.disabled}
    >
      {icon && <Icon name={icon} />}
      <span>{children}</span>
      {busy && <span className="spinner" aria-hidden="true" />}
    </button>
  );
}

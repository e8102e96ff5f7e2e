import type { ReactNode } from "react";
import { Avatar as StockAvatar, useComponentContext } from "stream-chat-react";

interface HitProps {
  name: string;
  image?: string;
  online?: boolean;
  title: ReactNode;
  /** Where or when, at the end of the first line. */
  note?: string;
  children?: ReactNode;
  onChoose: () => void;
}

/** One thing that was found. */
export function Hit({ name, image, online, title, note, children, onChoose }: HitProps) {
  const { Avatar = StockAvatar } = useComponentContext();
  return (
    <li>
      <button type="button" className="row hit" onClick={onChoose}>
        <Avatar imageUrl={image} userName={name} isOnline={online} size="lg" aria-hidden="true" />
        <span className="row-words">
          <span className="row-head">
            <span className="row-title">{title}</span>
            {note && <span className="row-note">{` ${note}`}</span>}
          </span>
          {children && <span className="row-text">{children}</span>}
        </span>
      </button>
    </li>
  );
}

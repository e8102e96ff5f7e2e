import type { ReactNode } from "react";
import { Button } from "./Button";
import { Mark } from "./Mark";

interface NoticeProps {
  title: string;
  children: ReactNode;
  onRetry?: () => void;
  action?: ReactNode;
}

/** A whole page that has only one thing to say. */
export function Notice({ title, children, onRetry, action }: NoticeProps) {
  return (
    <main className="page">
      <section className="notice" role="alert">
        <Mark />
        <h1>{title}</h1>
        <p>{children}</p>
        {onRetry && <Button onClick={onRetry}>Try again</Button>}
        {action}
      </section>
    </main>
  );
}

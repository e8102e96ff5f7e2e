import type { LoadingErrorIndicatorProps } from "stream-chat-react";
import { problemOf } from "../client/problem";
import { Button } from "../ui/Button";
import { Empty } from "../ui/Empty";

/** The list, or a conversation, could not be loaded. The SDK asks again only after a lost connection. */
export function ListFailed({ error }: LoadingErrorIndicatorProps) {
  if (!error) return null;
  return (
    <Empty icon="offline" title="This could not be loaded">
      <p role="alert">{problemOf(error).message}</p>
      <Button look="quiet" onClick={() => window.location.reload()}>
        Try again
      </Button>
    </Empty>
  );
}

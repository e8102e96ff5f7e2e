import type { LoadingErrorIndicatorProps } from "stream-chat-react";
import { problemOf } from "../client/problem";
import { Failed } from "../ui/Failed";

/** The list, or a conversation, could not be loaded. The SDK asks again only after a lost connection. */
export function ListFailed({ error }: LoadingErrorIndicatorProps) {
  if (!error) return null;
  return (
    <Failed
      title="This could not be loaded"
      problem={problemOf(error)}
      onAgain={() => window.location.reload()}
    />
  );
}

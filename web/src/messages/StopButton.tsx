import type { ComponentProps } from "react";
import { IconButton } from "../ui/IconButton";

/** Asks an assistant to say no more. The SDK's own button shows a picture that its styles lack. */
export function StopButton({ onClick }: ComponentProps<"button">) {
  return <IconButton icon="stop" label="Stop the assistant" onClick={onClick} />;
}

import { Tick } from "./Tick";

export function SentTick() {
  return <Tick kind="sent" label="Sent" />;
}

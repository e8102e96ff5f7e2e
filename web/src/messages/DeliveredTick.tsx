import { Tick } from "./Tick";

export function DeliveredTick() {
  return <Tick kind="delivered" label="Delivered" />;
}

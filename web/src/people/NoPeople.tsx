import { Empty } from "../ui/Empty";
import type { Circle } from "./circle";

/** Why nobody is listed. */
export function NoPeople({ circle, searching }: { circle: Circle; searching: boolean }) {
  if (searching) return <Empty icon="search" title="Nobody by that name" />;
  switch (circle) {
    case "muted":
      return (
        <Empty icon="bellOff" title="Nobody is muted">
          <p>You are not notified of what muted people write. They are not told.</p>
        </Empty>
      );
    case "blocked":
      return (
        <Empty icon="block" title="Nobody is blocked">
          <p>Blocked people cannot write to you alone. They are not told.</p>
        </Empty>
      );
    default:
      return (
        <Empty icon="people" title="Nobody else is here yet">
          <p>Whoever registers on this server appears here.</p>
        </Empty>
      );
  }
}

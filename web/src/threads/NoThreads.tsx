import { Empty } from "../ui/Empty";

export function NoThreads() {
  return (
    <Empty icon="thread" title="No threads yet">
      <p>Answer a message in a thread, and it is kept together here.</p>
    </Empty>
  );
}

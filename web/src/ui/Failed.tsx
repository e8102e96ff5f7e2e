import { Button } from "./Button";
import { Empty } from "./Empty";

interface FailedProps {
  title: string;
  problem: Error;
  onAgain: () => void;
}

/** What a place says when its content could not be loaded. */
export function Failed({ title, problem, onAgain }: FailedProps) {
  return (
    <Empty icon="offline" title={title}>
      <p role="alert">{problem.message}</p>
      <Button look="quiet" onClick={onAgain}>
        Try again
      </Button>
    </Empty>
  );
}

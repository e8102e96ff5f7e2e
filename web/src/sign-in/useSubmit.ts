import { type FormEvent, useState } from "react";
import { type Problem, problemOf } from "../client/problem";
import type { Session } from "../client/session";

/** One try at a time; what was refused stays on the form. */
export function useSubmit(send: () => Promise<Session>, onSession: (session: Session) => void) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      onSession(await send());
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };

  const fields = problem?.fields ?? {};
  // A sentence that already stands beside its field is not said twice.
  const general = problem && Object.keys(fields).length === 0 ? problem.message : undefined;
  return { busy, submit, fields, general };
}

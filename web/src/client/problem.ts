/** Why a request did not succeed, in words for the person in front of the screen. */
export class Problem extends Error {
  readonly status: number;
  /** A sentence for each field that was refused. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(message: string, status = 0, fields: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }

  /** The server could not be reached or is not ready: trying again may help. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  get signedOut(): boolean {
    return this.status === 401;
  }
}

const unreachable = "The server cannot be reached. Check your connection and try again.";
const notReady = "The server is not ready yet. Try again in a moment.";

function texts(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}

/** Reads the error envelope of an answer. */
export function problemFrom(status: number, body: unknown, retryAfter: string | null): Problem {
  if (status >= 500) return new Problem(notReady, status);
  const envelope =
    typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const fields = texts(envelope.exception_fields);
  if (status === 429) return new Problem(tooOften(retryAfter), status, fields);
  const message = typeof envelope.message === "string" ? envelope.message : "";
  return new Problem(sentence(message) || "That did not work.", status, fields);
}

/** Whatever was thrown, as a problem. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem(unreachable);
  const status =
    typeof error === "object" && error !== null ? Reflect.get(error, "status") : undefined;
  const message = error instanceof Error ? error.message : "";
  if (typeof status === "number") return new Problem(sentence(message) || notReady, status);
  return new Problem(unreachable);
}

function tooOften(retryAfter: string | null): string {
  const seconds = Number(retryAfter);
  if (!Number.isFinite(seconds) || seconds <= 0)
    return "Too many tries. Wait a moment and try again.";
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 90) return `Too many tries. Try again in ${Math.ceil(seconds)} seconds.`;
  return `Too many tries. Try again in ${minutes} minutes.`;
}

/** The server starts its messages in lower case and ends them without a full stop. */
export function sentence(message: string): string {
  const text = message.trim();
  if (!text) return "";
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

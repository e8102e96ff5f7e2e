// One way to expect a refusal: the code, the status, the complete envelope, and a word of the reason.
import { expect } from 'vitest';

export interface Refusal {
  code: number;
  StatusCode: number;
  message: string;
  more_info: string;
  details: unknown[];
  duration: string;
  exception_fields?: Record<string, string>;
}

export function expectEnvelope(body: unknown, code: number, status: number, text?: string | RegExp): Refusal {
  const refusal = body as Refusal;
  expect(refusal).toMatchObject({
    code,
    StatusCode: status,
    message: expect.any(String),
    more_info: expect.any(String),
    details: expect.any(Array),
    duration: expect.any(String),
  });
  if (text !== undefined) expect(refusal.message).toMatch(text);
  return refusal;
}

/** The request must fail with this code and status; hands back the body. */
export async function refuses(
  request: Promise<unknown>,
  code: number,
  status: number,
  text?: string | RegExp,
): Promise<Refusal> {
  const outcome = await request.then(
    (answer) => ({ answer, error: undefined }),
    (error: { code?: number; status?: number; response?: { data: unknown } }) => ({ answer: undefined, error }),
  );
  if (outcome.error === undefined) {
    throw new Error(`expected code ${code} (${status}), but it was allowed: ${JSON.stringify(outcome.answer).slice(0, 500)}`);
  }
  const { error } = outcome;
  if (!error.response) throw error;
  expect({ code: error.code, status: error.status, body: error.response.data }).toMatchObject({ code, status });
  return expectEnvelope(error.response.data, code, status, text);
}

/** Like `refuses`, where the protocol leaves open which of these refusals it is. */
export async function refusesWith(request: Promise<unknown>, ...allowed: [code: number, status: number][]): Promise<Refusal> {
  const error = await request.then(
    (answer) => Promise.reject(new Error(`expected a refusal, but it was allowed: ${JSON.stringify(answer).slice(0, 500)}`)),
    (reason: { code?: number; status?: number; response?: { data: unknown } }) => reason,
  );
  if (!error.response) throw error;
  expect(allowed).toContainEqual([error.code, error.status]);
  return expectEnvelope(error.response.data, error.code ?? 0, error.status ?? 0);
}

/** `connectUser` must be refused; hands back the code, status and text that the socket told. */
export async function refusesToConnect(connecting: Promise<unknown>): Promise<Omit<Refusal, 'details'>> {
  const error = await connecting.then(
    (answer) => Promise.reject(new Error(`expected a refusal, but connected: ${JSON.stringify(answer)}`)),
    (reason: Error) => reason,
  );
  if (!error.message.startsWith('{')) throw error;
  return JSON.parse(error.message);
}

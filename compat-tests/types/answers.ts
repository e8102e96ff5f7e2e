// Every answer of the endpoints in scope, as the SDK asked for it, beside the type that the SDK gives it.
import { createHash } from 'node:crypto';
import type { StreamChat } from 'stream-chat';
import type { Frame } from '../harness';

export interface Answer {
  /** What was called; also the name in a compiler's message. */
  name: string;
  /** A type expression in which `sdk` stands for the SDK's package. */
  type: string;
  json: unknown;
}

/** Runs the calls of one client and keeps their raw answers. */
export class Answers {
  readonly all: Answer[] = [];

  constructor(...clients: StreamChat[]) {
    for (const client of clients) client.axiosInstance.interceptors.response.use((response) => this.keep(response));
  }

  private newest: unknown;

  private keep<Response extends { data: unknown }>(response: Response): Response {
    this.newest = structuredClone(response.data);
    return response;
  }

  /** The answer of this one call has this type. */
  async of<T>(type: string, name: string, call: Promise<T>): Promise<T> {
    const answer = await call;
    this.all.push({ name, type, json: this.newest });
    return answer;
  }

  /** `poll` is the type of a poll, wherever an event carries one. */
  event(frame: Frame, poll: string) {
    const message = `Omit<sdk.MessageResponse, 'poll'> & { poll?: (${poll}) | null }`;
    const asks = `Omit<sdk.Event, 'poll' | 'message' | 'type'> & { type: sdk.Event['type'] | 'poll.deleted'; poll?: ${poll}; message?: ${message} }`;
    this.all.push({ name: `event ${frame.type}`, type: frame.poll || frame.message?.poll_id ? asks : typeOf(frame), json: frame });
  }
}

/** The SDK has one type for threads in answers and in events, where nothing reads their replies; and for drafts, see the story. */
function typeOf(frame: Frame): string {
  // The SDK passes these on without a type of its own.
  if (frame.user_group) return "Omit<sdk.Event, 'type'> & { type: `user_group.${string}`; user_group: sdk.UserGroupResponse; members?: string[] }";
  if (frame.thread) return "Omit<sdk.Event, 'thread'> & { thread: Omit<sdk.ThreadResponse, 'latest_replies'> }";
  if (frame.draft) return "Omit<sdk.Event, 'draft'> & { draft: Omit<sdk.DraftResponse, 'message'> & { message: Omit<sdk.DraftMessage, 'mentioned_users'> } }";
  return 'sdk.Event';
}

const identifier = (name: string, at: number) => `answer_${at}_${name.replace(/\W+/g, '_')}`;

/**
 * One module that assigns each answer to its type. The answers pass through a function with a bounded type parameter:
 * literals keep their literal types, and fields beyond the SDK's types (custom data, newer fields) are allowed.
 */
export function moduleOf(answers: Answer[]): string {
  const lines = answers.map(({ name, type, json }, at) => {
    const text = JSON.stringify(json, null, 2);
    return `// ${name}\nexport const ${identifier(name, at)} = of<${type}>()(${text});\n`;
  });
  const head = [
    "import type * as sdk from 'stream-chat';",
    'const of = <T>() => <Answer extends T>(answer: Answer) => answer;',
    '',
  ];
  return [...head, ...lines].join('\n');
}

export const nameOfModule = (answers: Answer[]) =>
  `answers-${createHash('sha256').update(answers.map(({ name }) => name).join()).digest('hex').slice(0, 8)}.ts`;

// What a client knows, as its SDK keeps it: of a channel, its threads and polls, and of its user.
import type { Channel, Thread } from 'stream-chat';
import type { Person } from '../harness';
import { NOT_TOLD } from './exceptions';

type Json = any;

const isNothing = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0);

/** Plain data with its keys in order, without what is empty and what events do not tell. */
function plain(value: Json): Json {
  if (value instanceof Map) return plain([...value.values()]);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, part]) => !(key in NOT_TOLD) && typeof part !== 'function' && !isNothing(part))
    .map(([key, part]): [string, Json] => [key, plain(part)]);
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const named = (user: Json) => user && { id: user.id, name: user.name, role: user.role, banned: user.banned, custom: user.nickname };
const byId = (one: Json, other: Json) => (String(one.id ?? one.type) < String(other.id ?? other.type) ? -1 : 1);

const reaction = ({ type, score, user }: Json) => ({ type, score, user: user?.id });

/** Reactions by type and person: lists of them are in the order in which they were heard. */
const message = ({ latest_reactions, own_reactions, mentioned_users, thread_participants, user, quoted_message, reminder, member, poll, __html, html, text, ...rest }: Json): Json => ({
  ...rest,
  // Of a deleted message events keep the text, which clients do not show; who loads it gets a placeholder.
  text: rest.type === 'deleted' ? undefined : text,
  html: rest.type === 'deleted' ? undefined : html,
  user: named(user),
  reactions: (latest_reactions ?? []).map(reaction).sort(byId),
  mine: (own_reactions ?? []).map(reaction).sort(byId),
  mentioned: mentioned_users?.map((one: Json) => one.id),
  participants: thread_participants?.map((one: Json) => one.id).sort(),
  quoted: quoted_message?.id,
});

/** The SDK renews people where they wrote messages; elsewhere it keeps them as it met them. */
const member = ({ user, ...rest }: Json) => ({ ...rest, user: user?.id });

function channelState(channel: Channel, me: string): Json {
  const { state } = channel;
  const { config, own_capabilities, members: _, ...data } = (channel.data ?? {}) as Json;
  return {
    // The SDK writes down that somebody is not blocked; the service leaves that out.
    data: { ...data, blocked: data.blocked || undefined, created_by: data.created_by?.id, own_capabilities: [...(own_capabilities ?? [])].sort() },
    messages: state.messages.map(message),
    newest: state.last_message_at,
    pinned: state.pinnedMessages.map(({ id }) => id).sort(),
    members: Object.values(state.members).map(member).sort((one, other) => (one.user < other.user ? -1 : 1)),
    membership: member(state.membership),
    unread: state.unreadCount,
    readers: Object.fromEntries(Object.entries(state.read).filter(([id]) => id === me).map(([id, read]) => [id, read.unread_messages])),
  };
}

function threadState(thread: Thread, me: string): Json {
  const { parentMessage, replies, read, replyCount, title, custom, deletedAt, participants } = thread.state.getLatestValue();
  return {
    parent: parentMessage.id,
    // Who loads a thread gets none of its deleted replies; who was there sees that they are deleted.
    replies: replies.filter(({ type }) => type !== 'deleted').map((reply) => ({ ...message(reply), user: reply.user?.id })),
    unread: read[me]?.unreadMessageCount ?? 0,
    replyCount,
    title,
    custom,
    deletedAt,
    participants: participants?.map((one: Json) => one.user_id ?? one.user?.id).sort(),
  };
}

const vote = ({ id, option_id, answer_text, user, user_id }: Json) => ({ id, option_id, answer_text, user: user?.id ?? user_id });

function pollState({ lastActivityAt, created_by, latest_votes_by_option, latest_answers, ownVotesByOptionId, ownAnswer, own_votes, updated_at, ...data }: Json): Json {
  return {
    ...data,
    votes: Object.fromEntries(Object.entries(latest_votes_by_option ?? {}).map(([option, votes]) => [option, (votes as Json[]).map(vote).sort(byId)])),
    answers: (latest_answers ?? []).map(vote).sort(byId),
    mine: Object.values(ownVotesByOptionId ?? {}).map((one) => vote(one)).sort(byId),
    answer: ownAnswer && vote(ownAnswer),
  };
}

/** Mutes of the harness' own are none of the story's. */
const mutes = (all: Json[]) => all.map((mute) => mute.target.id).filter((id: string) => !id.startsWith('witness-')).sort();

/** All that a watching client knows of a channel and of itself. */
export function knows(person: Person, cid: string): Json {
  const { client } = person;
  const channel = client.activeChannels[cid];
  const { name, nickname, role } = client.user as Json;
  const threads = client.threads.state.getLatestValue();
  return plain({
    me: { name, nickname, role },
    mutes: mutes(client.mutedUsers),
    mutedChannels: client.mutedChannels.map((mute: Json) => mute.channel?.cid).sort(),
    blocked: [...client.blockedUsers.getLatestValue().userIds].sort(),
    channel: channel && channelState(channel, person.id),
    unreadThreads: threads.unreadThreadCount,
    threads: threads.threads.filter((thread) => thread.channel.cid === cid).map((thread) => threadState(thread, person.id)),
    polls: [...client.polls.data.values()].map((poll) => pollState(poll.data)),
    reminders: [...client.reminders.state.getLatestValue().reminders.values()].map((one) => {
      const { message_id, remind_at } = one.state.getLatestValue() as Json;
      return { message_id, remind_at };
    }),
  });
}

/** What an app does when it starts: the managers of the SDK hear from here on. */
export function starts({ client }: Person) {
  for (const manager of [client.threads, client.polls, client.reminders]) manager.registerSubscriptions();
}

/** Loads all that. */
export async function learns(person: Person, type: string, id: string, watch: boolean): Promise<void> {
  const { client } = person;
  const options = { state: true, watch, messages: { limit: 100 }, members: { limit: 100, offset: 0 } };
  await client.channel(type, id).query(options);
  await client.threads.reload({ force: true });
}

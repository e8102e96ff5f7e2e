// The request that each act is, as a client or a server of the service makes it.
import type { Act } from './acts';

export interface Call {
  method?: string;
  path: string;
  query?: Record<string, string>;
  body?: object;
  /** Made by a server; otherwise by `act.by`. */
  server?: boolean;
}

/** Names of the history as the service knows them. */
export interface Names {
  user(name: string): string;
  cid(room: string): string;
  path(room: string): string;
  message(label: string): string;
  /** When a message was created, as the service said. */
  moment(label: string): string;
}

const ids = (names: Names, people?: string[]) => people?.map(names.user);

function sending(act: Act, names: Names): Call {
  const message = {
    id: names.message(act.label!),
    text: act.label,
    ...(act.silent ? { silent: true } : {}),
    ...(act.parent ? { parent_id: names.message(act.parent) } : {}),
    ...(act.shown ? { show_in_channel: true } : {}),
    ...(act.mentions ? { mentioned_users: ids(names, act.mentions) } : {}),
    ...(act.restricted ? { restricted_visibility: ids(names, act.restricted) } : {}),
    ...(act.system ? { type: 'system' } : {}),
    ...(act.system || act.restricted ? { user_id: names.user(act.by) } : {}),
  };
  return { path: `${names.path(act.room)}/message`, body: { message }, server: !!(act.system || act.restricted) };
}

const inRoom = (verb: string, body: (act: Act, names: Names) => object, server = false) => (act: Act, names: Names): Call => ({
  path: `${names.path(act.room)}${verb}`,
  body: body(act, names),
  server,
});

const moderating = (verb: string, body: (act: Act, names: Names) => object) => (act: Act, names: Names): Call => ({
  path: verb,
  body: body(act, names),
});

const ban = (shadow: boolean) => (act: Act, names: Names): Call => ({
  path: '/moderation/ban',
  body: { target_user_id: names.user(act.whom!), channel_cid: names.cid(act.room), user_id: names.user('owner'), shadow },
  server: true,
});

const saying = (act: Act, names: Names) => ({ id: names.message(act.label!), text: act.label, ...(act.silent ? { silent: true } : {}) });

export const calls: Record<string, (act: Act, names: Names) => Call> = {
  send: sending,
  reply: sending,
  delete: (act, names) => ({ method: 'DELETE', path: `/messages/${names.message(act.message!)}`, server: true }),
  erase: (act, names) => ({ method: 'DELETE', path: `/messages/${names.message(act.message!)}`, query: { hard: 'true' }, server: true }),
  truncate: inRoom('/truncate', (_, names) => ({ user_id: names.user('owner') }), true),
  truncateSaying: inRoom('/truncate', (act, names) => ({ user_id: names.user(act.by), message: { ...saying(act, names), user_id: names.user(act.by) } }), true),
  truncateBefore: inRoom('/truncate', (act, names) => ({ user_id: names.user('owner'), truncated_at: names.moment(act.message!) }), true),
  read: inRoom('/read', (act, names) => (act.message ? { message_id: names.message(act.message) } : {})),
  unread: inRoom('/unread', (act, names) => ({ message_id: names.message(act.message!) })),
  unreadSince: inRoom('/unread', (act, names) => ({ message_timestamp: names.moment(act.message!) })),
  readThread: inRoom('/read', (act, names) => ({ thread_id: names.message(act.message!) })),
  unreadThread: inRoom('/unread', (act, names) => ({ thread_id: names.message(act.message!) })),
  readAll: () => ({ path: '/channels/read', body: {} }),
  readSome: (act, names) => ({
    path: '/channels/read',
    body: { read_by_channel: Object.fromEntries(Object.entries(act.upTo!).map(([room, label]) => [names.cid(room), names.message(label)])) },
  }),
  muteRoom: moderating('/moderation/mute/channel', (act, names) => ({ channel_cid: names.cid(act.room) })),
  unmuteRoom: moderating('/moderation/unmute/channel', (act, names) => ({ channel_cid: names.cid(act.room) })),
  mute: moderating('/moderation/mute', (act, names) => ({ target_id: names.user(act.whom!) })),
  unmute: moderating('/moderation/unmute', (act, names) => ({ target_id: names.user(act.whom!) })),
  block: moderating('/users/block', (act, names) => ({ blocked_user_id: names.user(act.whom!) })),
  unblock: moderating('/users/unblock', (act, names) => ({ blocked_user_id: names.user(act.whom!) })),
  hide: inRoom('/hide', (act) => (act.clear ? { clear_history: true } : {})),
  show: inRoom('/show', () => ({})),
  ban: ban(false),
  shadowBan: ban(true),
  unban: (act, names) => ({
    method: 'DELETE',
    path: '/moderation/ban',
    query: { target_user_id: names.user(act.whom!), channel_cid: names.cid(act.room) },
    server: true,
  }),
  leave: inRoom('', (act, names) => ({ remove_members: [names.user(act.by)] })),
  remove: inRoom('', (act, names) => ({ remove_members: [names.user(act.by)] }), true),
  join: inRoom('', (act, names) => ({ add_members: [names.user(act.by)], ...(act.hideHistory ? { hide_history: true } : {}) }), true),
  edit: (act, names) => ({ method: 'PUT', path: `/messages/${names.message(act.message!)}`, body: { set: { edited: true }, user_id: names.user('owner') }, server: true }),
  react: (act, names) => ({ path: `/messages/${names.message(act.message!)}/reaction`, body: { reaction: { type: 'like' } } }),
};

// One act for each operation that changes what clients know.
import { random } from '../harness';
import { waits } from '../harness/pending';
import type { Stage } from './stage';

export interface Row {
  /** As in openapi/operations.txt. */
  operation: string;
  act?: string;
  /** Made by a server; otherwise by ana. */
  server?: boolean;
  call(stage: Stage): [path: string, body?: object];
  /** Done before everybody looks. */
  before?(stage: Stage): Promise<unknown>;
  /** Parts of the state that this act leaves untold, and why. */
  untold?: Record<string, string>;
}

const SENDER_READS = 'a client changes no read entry for its own messages, and reads by itself afterwards';
/** Muting works on what is unread already; a client asks for no count again when it hears of a mute. */
const BACKWARDS = 'muting works backwards too; the client counts messages to come, and learns of the others when it loads';
const later = () => new Date(Date.now() + 3_600_000).toISOString();

/** The id of the message that waits in the channel. */
const waitingIn = (path: string) => `waits-${path.split('/').pop()}`;
const BLOCKS = 'the SDK learns of blocks from its own calls and when it connects';
const MET_THREADS = 'the SDK keeps the threads that it has met';
const MET = 'the SDK keeps the polls that it has met';
const counts = (why: string, who = 'ana') => ({ [`${who}:readers`]: why, [`${who}:unread`]: why });

const messages: Row[] = [
  { operation: 'POST /channels/{type}/{id}/message', call: ({ path }) => [`${path}/message`, { message: { id: random(), text: 'new' } }], untold: counts(SENDER_READS) },
  { operation: 'POST /channels/{type}/{id}/message', act: 'of another', server: true, call: ({ path, bob }) => [`${path}/message`, { message: { id: random(), text: 'new', user_id: bob.id } }] },
  { operation: 'POST /channels/{type}/{id}/message', act: 'a reply', call: ({ path, first }) => [`${path}/message`, { message: { id: random(), text: 'new', parent_id: first } }] },
  { operation: 'POST /messages/{id}', call: ({ second }) => [`/messages/${second}`, { message: { id: second, text: 'edited', mood: 'good' } }] },
  { operation: 'PUT /messages/{id}', call: ({ second }) => [`/messages/${second}`, { set: { pinned: true, mood: 'good' } }] },
  { operation: 'DELETE /messages/{id}', act: 'softly', call: ({ second }) => [`/messages/${second}`] },
  { operation: 'DELETE /messages/{id}', act: 'for good', server: true, call: ({ second }) => [`/messages/${second}?hard=true`], untold: counts('the JavaScript client does not lower its counter', 'cleo') },
  { operation: 'DELETE /messages/{id}', act: 'a reply', call: ({ reply }) => [`/messages/${reply}`] },
  { operation: 'POST /messages/{id}/undelete', server: true, before: ({ town, second }) => town.server.deleteMessage(second), call: ({ second, bob }) => [`/messages/${second}/undelete`, { undeleted_by: bob.id }] },
  { operation: 'POST /messages/{id}/commit', server: true, before: ({ town, room, bob, path }) => waits(town, room, bob, { id: waitingIn(path), text: 'new' }), call: ({ path }) => [`/messages/${waitingIn(path)}/commit`] },
  { operation: 'POST /messages/{id}/reaction', call: ({ first }) => [`/messages/${first}/reaction`, { reaction: { type: 'like' } }] },
  { operation: 'DELETE /messages/{id}/reaction/{type}', call: ({ second }) => [`/messages/${second}/reaction/love`] },
];

const channels: Row[] = [
  { operation: 'POST /channels/{type}/query', server: true, call: ({ ana, bob }) => ['/channels/messaging/query', { data: { members: [ana.id, bob.id], created_by_id: ana.id } }] },
  { operation: 'POST /channels/{type}/{id}/query', server: true, call: ({ ana, bob }) => [`/channels/messaging/${random()}/query`, { data: { members: [ana.id, bob.id], created_by_id: ana.id } }] },
  { operation: 'POST /channels/{type}/{id}', call: ({ path }) => [path, { data: { name: 'Cellar', floor: -1 } }] },
  { operation: 'POST /channels/{type}/{id}', act: 'adding somebody', server: true, call: ({ path, dora }) => [path, { add_members: [dora.id] }] },
  { operation: 'POST /channels/{type}/{id}', act: 'removing somebody', server: true, call: ({ path, bob }) => [path, { remove_members: [bob.id] }], untold: { threads: 'who leaves a channel leaves its threads, which is told to nobody' } },
  { operation: 'PATCH /channels/{type}/{id}', call: ({ path }) => [path, { set: { floor: 2 }, unset: ['name'] }] },
  { operation: 'DELETE /channels/{type}/{id}', call: ({ path }) => [path] },
  { operation: 'POST /channels/{type}/{id}/truncate', server: true, call: ({ path }) => [`${path}/truncate`, {}], untold: { polls: MET, threads: MET_THREADS, unreadThreads: 'the SDK takes this number from other events', readers: 'the SDK counts anew what is unread, and leaves the read entries alone' } },
  { operation: 'POST /channels/{type}/{id}/hide', call: ({ path }) => [`${path}/hide`, {}] },
  { operation: 'POST /channels/{type}/{id}/hide', act: 'clearing', call: ({ path }) => [`${path}/hide`, { clear_history: true }], untold: { 'ana:polls': MET, 'ana:threads': MET_THREADS } },
  { operation: 'POST /channels/{type}/{id}/show', before: ({ ana, path }) => ana.post(`${path}/hide`), call: ({ path }) => [`${path}/show`, {}] },
  { operation: 'PATCH /channels/{type}/{id}/member', call: ({ path }) => [`${path}/member`, { set: { pinned: true, seat: 3 } }] },
  { operation: 'PATCH /channels/{type}/{id}/member/{user_id}', server: true, call: ({ path, cleo }) => [`${path}/member/${cleo.id}?user_id=${cleo.id}`, { set: { archived: true, seat: 4 } }] },
];

const reading: Row[] = [
  { operation: 'POST /channels/{type}/{id}/read', call: ({ path }) => [`${path}/read`, {}] },
  { operation: 'POST /channels/{type}/{id}/read', act: 'a thread', before: ({ town, room, cleo, first }) => town.says(room, cleo, 'more', { parent_id: first }), call: ({ path, first }) => [`${path}/read`, { thread_id: first }], untold: { 'cleo:unreadThreads': 'who replied has read the thread; the next event with numbers of threads says so' } },
  { operation: 'POST /channels/{type}/{id}/unread', call: ({ path, first }) => [`${path}/unread`, { message_id: first }] },
  { operation: 'POST /channels/{type}/{id}/unread', act: 'a thread', call: ({ path, first }) => [`${path}/unread`, { thread_id: first }] },
  { operation: 'POST /channels/read', call: () => ['/channels/read', {}] },
];

const users: Row[] = [
  { operation: 'POST /users', server: true, call: ({ ana }) => ['/users', { users: { [ana.id]: { id: ana.id, name: 'Anna', nickname: 'a' } } }] },
  { operation: 'PATCH /users', server: true, call: ({ ana }) => ['/users', { users: [{ id: ana.id, set: { nickname: 'an' } }] }] },
  { operation: 'POST /users/block', call: ({ bob }) => ['/users/block', { blocked_user_id: bob.id }], untold: { 'ana:blocked': BLOCKS } },
  { operation: 'POST /users/unblock', before: ({ ana, bob }) => ana.post('/users/block', { blocked_user_id: bob.id }), call: ({ bob }) => ['/users/unblock', { blocked_user_id: bob.id }], untold: { 'ana:blocked': BLOCKS } },
  ...['/moderation', '/api/v2/moderation'].flatMap((base): Row[] => [
    { operation: `POST ${base}/mute`, call: ({ bob }) => [`${base}/mute`, { target_ids: [bob.id] }], untold: counts(BACKWARDS) },
    { operation: `POST ${base}/unmute`, before: ({ ana, bob }) => ana.post('/moderation/mute', { target_ids: [bob.id] }), call: ({ bob }) => [`${base}/unmute`, { target_ids: [bob.id] }], untold: counts(BACKWARDS) },
    { operation: `POST ${base}/ban`, server: true, call: ({ room, ana, cleo }) => [`${base}/ban`, { target_user_id: cleo.id, channel_cid: room.cid, banned_by_id: ana.id }] },
  ]),
  { operation: 'DELETE /moderation/ban', server: true, before: ({ town, room, ana, cleo }) => town.at(room).banUser(cleo.id, { banned_by_id: ana.id }), call: ({ room, cleo }) => [`/moderation/ban?target_user_id=${cleo.id}&type=${room.type}&id=${room.id}`] },
  { operation: 'POST /moderation/mute/channel', call: ({ room }) => ['/moderation/mute/channel', { channel_cid: room.cid }], untold: counts(BACKWARDS) },
  { operation: 'POST /moderation/unmute/channel', before: ({ ana, room }) => ana.post('/moderation/mute/channel', { channel_cid: room.cid }), call: ({ room }) => ['/moderation/unmute/channel', { channel_cid: room.cid }], untold: counts(BACKWARDS) },
];

const location = { latitude: 50.73, longitude: 7.1, created_by_device_id: 'phone' };

const keeps: Row[] = [
  { operation: 'PATCH /threads/{message_id}', call: ({ first }) => [`/threads/${first}`, { set: { title: 'Soup', mood: 'good' } }] },
  { operation: 'POST /messages/{message_id}/reminders', call: ({ first }) => [`/messages/${first}/reminders`, { remind_at: later() }] },
  { operation: 'PATCH /messages/{message_id}/reminders', before: ({ ana, first }) => ana.post(`/messages/${first}/reminders`, { remind_at: later() }), call: ({ first }) => [`/messages/${first}/reminders`, { remind_at: null }] },
  { operation: 'DELETE /messages/{message_id}/reminders', before: ({ ana, first }) => ana.post(`/messages/${first}/reminders`, {}), call: ({ first }) => [`/messages/${first}/reminders`] },
  {
    operation: 'PUT /users/live_locations',
    before: ({ ana, path, town }) => ana.post(`${path}/message`, { message: { id: `here-${town.tag}`, shared_location: { ...location, end_at: later() } } }),
    call: ({ town }) => ['/users/live_locations', { message_id: `here-${town.tag}`, ...location, latitude: 51 }],
  },
];

const poll = ({ asked }: Stage) => `/polls/${asked.poll.id}`;
const ballot = ({ asked }: Stage) => `/messages/${asked.message.id}/polls/${asked.poll.id}/vote`;

const polls: Row[] = [
  { operation: 'PUT /polls', call: ({ asked }) => ['/polls', { id: asked.poll.id, name: 'Dinner?', options: asked.poll.options }] },
  { operation: 'PATCH /polls/{poll_id}', call: (stage) => [poll(stage), { set: { is_closed: true } }] },
  { operation: 'DELETE /polls/{poll_id}', call: (stage) => [poll(stage)], untold: { polls: 'the SDK keeps what it knew of a deleted poll; its message says that it is gone' } },
  { operation: 'POST /polls/{poll_id}/options', call: (stage) => [`${poll(stage)}/options`, { text: 'Eggs' }] },
  { operation: 'PUT /polls/{poll_id}/options', call: (stage) => [`${poll(stage)}/options`, { id: stage.asked.options[0], text: 'Hot soup' }] },
  { operation: 'DELETE /polls/{poll_id}/options/{option_id}', call: (stage) => [`${poll(stage)}/options/${stage.asked.options[0]}`], untold: { polls: 'of votes the SDK takes nothing from poll.updated' } },
  { operation: 'POST /messages/{message_id}/polls/{poll_id}/vote', call: (stage) => [ballot(stage), { vote: { option_id: stage.asked.options[2] } }] },
  { operation: 'DELETE /messages/{message_id}/polls/{poll_id}/vote/{vote_id}', call: (stage) => [`${ballot(stage)}/${stage.vote}`] },
];

export const rows: Row[] = [...messages, ...channels, ...reading, ...users, ...keeps, ...polls];

// The index of messages: it goes on after a restart, catches up with what others wrote, and is built anew when it is gone.
import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type Host, hosted, refuses, type Room, soon, type Town } from '../harness';


async function textsOn(town: Town, node: string, room: Room, query: string) {
  const { results } = await town.serverOn(node).search({ cid: room.cid } as never, query, { limit: 100 });
  return results.map(({ message }) => message.text).sort();
}

/** A channel with a thread, written on the first node. */
async function pantry(town: Town): Promise<[Room, string]> {
  const [ana] = await town.users('ana');
  const room = await town.room({ members: [ana] });
  const parent = await town.says(room, ana, 'olives');
  await town.says(room, ana, 'olives in a thread', { parent_id: parent.id });
  const gone = await town.says(room, ana, 'olives no more');
  await town.server.deleteMessage(gone.id);
  return [room, ana];
}

describe('the index', () => {
  hosted('after a restart, and after a kill, everything is found', { timeout: 60_000 }, async ({ host }) => {
    const redis = await host.redis();
    const dataDir = host.folder();
    const settings = { redisUrl: redis.url, dataDir, env: { WEIR_LOG: 'info' } };
    let node = await host.node(settings);
    const town = host.town(node);
    const [room, ana] = await pantry(town);
    await soon(async () => expect(await textsOn(town, node.url, room, 'olives')).toHaveLength(2));
    for (const end of ['stop', 'kill'] as const) {
      const other = await host.node({ redisUrl: redis.url });
      await node[end]();
      // Written while it was away.
      await town.serverOn(other.url).channel(room.type, room.id).sendMessage({ text: `olives after ${end}`, user_id: ana });
      node = await host.node(settings);
      const expected = end === 'stop' ? 3 : 4;
      await soon(async () => expect(await textsOn(town, node.url, room, 'olives')).toHaveLength(expected));
      expect(node.output()).not.toContain('built');
      await other.stop();
    }
  });

  hosted('a folder that is gone or spoilt is built anew', { timeout: 60_000 }, async ({ host }) => {
    const redis = await host.redis();
    const dataDir = host.folder();
    const settings = { redisUrl: redis.url, dataDir };
    let node = await host.node(settings);
    const town = host.town(node);
    const [room] = await pantry(town);
    const all = ['olives', 'olives in a thread'];
    await soon(async () => expect(await textsOn(town, node.url, room, 'olives')).toEqual(all));
    for (const spoil of [remove, overwrite]) {
      await node.stop();
      spoil(join(dataDir, 'search'));
      node = await host.node(settings);
      await soon(async () => expect(await textsOn(town, node.url, room, 'olives')).toEqual(all));
    }
  });

  hosted('two nodes find the same; each has an index of its own, in a common folder too', { timeout: 60_000 }, async ({ host }) => {
    const redis = await host.redis();
    const dataDir = host.folder();
    const nodes = [await host.node({ redisUrl: redis.url, dataDir }), await host.node({ redisUrl: redis.url, dataDir })];
    const town = host.town(...nodes);
    const [room] = await pantry(town);
    for (const { url } of nodes) {
      await soon(async () => expect(await textsOn(town, url, room, 'olives')).toHaveLength(2));
    }
    expect(readdirSync(join(dataDir, 'search')).sort()).toEqual(['0', '0.lock', '1', '1.lock']);
  });

  hosted('many messages at once are all found', { timeout: 60_000 }, async ({ host }) => {
    const [node, town] = await alone(host);
    const [room, ana] = await pantry(town);
    const channel = town.at(room);
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, at) => channel.sendMessage({ text: `capers ${round} ${at}`, user_id: ana })));
    }
    await soon(async () => {
      const found = new Set<string>();
      let next: string | undefined;
      do {
        const page = await town.serverOn(node.url).search({ cid: room.cid } as never, 'capers', { limit: 100, sort: [{ created_at: -1 }], next });
        for (const { message } of page.results) found.add(message.id);
        next = page.next;
      } while (next);
      expect(found.size).toBe(500);
    });
  });

  hosted('switched off, a search says so', { timeout: 60_000 }, async ({ host }) => {
    const node = await host.node({ env: { WEIR_SEARCH: 'off' } });
    const town = host.town(node);
    const [room] = await pantry(town);
    await refuses(town.server.search({ cid: room.cid } as never, 'olives'), 19, 400, 'WEIR_SEARCH=on');
  });
});

async function alone(host: Host) {
  const node = await host.node();
  return [node, host.town(node)] as const;
}

function remove(folder: string) {
  rmSync(folder, { recursive: true });
}

/** Nonsense at the beginning of every file. */
function overwrite(folder: string) {
  const own = join(folder, '0');
  for (const name of readdirSync(own)) {
    const file = openSync(join(own, name), 'r+');
    writeSync(file, 'nonsense'.repeat(8), 0);
    closeSync(file);
  }
}

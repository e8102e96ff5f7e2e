// A Redis Cluster of our own: three masters on loopback, which share the slots.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { type Redis, end, freePort, says, temporaryFolder } from './node';

const MASTERS = 3;
const SLOTS = 16384;
const FORM_TIMEOUT_MS = 30_000;

interface Member {
  port: number;
  bus: number;
  folder: string;
  child?: ChildProcess;
}

const cli = (port: number, ...words: (string | number)[]) =>
  execFileSync('redis-cli', ['-p', String(port), ...words.map(String)], { encoding: 'utf8' }).trim();

async function start(member: Member) {
  const place = ['--port', String(member.port), '--bind', '127.0.0.1', '--dir', member.folder];
  const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(member.bus), '--cluster-node-timeout', '2000'];
  const fast = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  member.child = spawn('redis-server', [...place, ...cluster, ...fast], { stdio: ['ignore', 'pipe', 'pipe'] });
  await says(member.child, [], /Ready to accept connections/);
}

/** Gossip has no signal for "we all agree" but asking. */
async function agreed(members: Member[]) {
  const deadline = Date.now() + FORM_TIMEOUT_MS;
  const whole = ({ port }: Member) => {
    const info = cli(port, 'cluster', 'info');
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${members.length}`);
  };
  while (!members.every(whole)) {
    if (Date.now() > deadline) throw new Error(`no cluster:\n${cli(members[0].port, 'cluster', 'nodes')}`);
    await new Promise((wait) => setTimeout(wait, 50));
  }
}

/** One of its nodes is named; the others are found through it. */
export async function startCluster(): Promise<Redis> {
  const members: Member[] = [];
  const pause = async () => {
    await Promise.all(members.map(({ child }) => child && end(child, 'SIGTERM')));
  };
  const stop = async () => {
    await pause();
    for (const { folder } of members) rmSync(folder, { recursive: true, force: true });
  };
  try {
    while (members.length < MASTERS) {
      members.push({ port: await freePort(), bus: await freePort(), folder: temporaryFolder() });
      await start(members[members.length - 1]);
    }
    const share = Math.ceil(SLOTS / MASTERS);
    members.forEach(({ port }, at) => {
      cli(port, 'cluster', 'addslotsrange', at * share, Math.min((at + 1) * share, SLOTS) - 1);
      cli(port, 'cluster', 'set-config-epoch', at + 1);
    });
    for (const { port, bus } of members.slice(1)) cli(members[0].port, 'cluster', 'meet', '127.0.0.1', port, bus);
    await agreed(members);
  } catch (error) {
    await stop();
    throw error;
  }
  const resume = async () => {
    await Promise.all(members.map(start));
    await agreed(members);
  };
  // The first is never there: the others have to do.
  const url = [1, ...members.map((member) => member.port)].map((port) => `redis://127.0.0.1:${port}`).join(',');
  return { url, pause, resume, stop };
}

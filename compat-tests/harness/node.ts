// Starts and stops the programs a story needs: built Weir nodes and, for two of them, one Redis.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

export interface NodeSettings {
  /** Keeps its own Redis here when no `redisUrl` is given; a fresh folder by default. */
  dataDir?: string;
  redisUrl?: string;
  port?: number;
  env?: Record<string, string>;
}

/** One running Weir process. */
export interface Node {
  url: string;
  output(): string;
  /** Asks it to end (SIGTERM) and waits. */
  stop(): Promise<void>;
  /** Ends it without a word (SIGKILL) and waits. */
  kill(): Promise<void>;
}

export const KEY = 'compat-key';
export const SECRET = 'compat-secret-0123456789abcdef0123456789abcdef';

export function binary(): string {
  const path = resolve(process.env.WEIR_BIN ?? '../target/debug/weir');
  if (!existsSync(path)) {
    throw new Error(`${path} is not there: build the server first (cargo build) or set WEIR_BIN`);
  }
  return path;
}

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'weir-compat-'));

const ended = (child: ChildProcess) =>
  new Promise<void>((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once('exit', () => done());
  });

/** Ends a process and waits. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended(child);
  clearTimeout(force);
}

/** Resolves with the first line of output that matches; fails with all of the output. */
export function says(child: ChildProcess, output: string[], pattern: RegExp): Promise<RegExpMatchArray> {
  return new Promise((found, failed) => {
    const fail = (why: string) => failed(new Error(`${why}\n${output.join('')}`));
    const timer = setTimeout(() => fail(`no ${pattern} within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output.push(chunk.toString());
      const match = output.join('').match(pattern);
      if (!match) return;
      clearTimeout(timer);
      found(match);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`it ended with ${code}`);
    });
  });
}

export async function startNode(settings: NodeSettings = {}): Promise<Node> {
  const own = settings.dataDir === undefined;
  const dataDir = settings.dataDir ?? temporaryFolder();
  const { REDIS_URL: _redis, PORT: _port, ...inherited } = process.env;
  const env = {
    ...inherited,
    WEIR_API_KEY: KEY,
    WEIR_API_SECRET: SECRET,
    WEIR_RATE_LIMITS: 'off',
    // Stories stay on this machine.
    WEIR_LINK_PREVIEWS: 'off',
    WEIR_LOG: process.env.WEIR_LOG ?? 'warn',
    WEIR_DATA_DIR: dataDir,
    ...(settings.redisUrl ? { REDIS_URL: settings.redisUrl } : {}),
    ...settings.env,
  };
  const output: string[] = [];
  const child = spawn(binary(), ['serve', '--host', '127.0.0.1', '--port', String(settings.port ?? 0)], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [, url] = await says(child, output, /Weir is listening on (http:\/\/127\.0\.0\.1:\d+)/);
  const close = async (signal: NodeJS.Signals) => {
    await end(child, signal);
    if (own) rmSync(dataDir, { recursive: true, force: true });
  };
  return {
    url,
    output: () => output.join(''),
    stop: () => close('SIGTERM'),
    kill: () => close('SIGKILL'),
  };
}

/** Below the ports that outgoing connections take by themselves: one of those could be gone again before it is listened on. */
const PORTS = [10_000, 32_000] as const;

/** A port nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const [least, most] = PORTS;
  for (let left = 100; left > 0; left -= 1) {
    const port = least + Math.floor(Math.random() * (most - least));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port between ${least} and ${most}`);
}

const isFree = (port: number) =>
  new Promise<boolean>((found) => {
    const probe = createServer();
    probe.once('error', () => found(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => found(true)));
  });

export interface Redis {
  url: string;
  /** Ends the process but keeps what it wrote. */
  pause(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of our own, with the persistence that the default durability asks for. */
export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const folder = temporaryFolder();
  const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const durable = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'everysec'];
  const start = async () => {
    const started = spawn('redis-server', [...place, ...durable], { stdio: ['ignore', 'pipe', 'pipe'] });
    await says(started, [], /Ready to accept connections/);
    return started;
  };
  let child = await start();
  return {
    url: `redis://127.0.0.1:${port}/0`,
    pause: () => end(child, 'SIGTERM'),
    resume: async () => {
      child = await start();
    },
    stop: async () => {
      await end(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

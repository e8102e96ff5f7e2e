import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A Weir that the specs talk to: one of their own, or the one that WEIR_URL names. */
export interface Server {
  url: string;
  /** Pulls the plug. Only for a server of our own. */
  kill: () => Promise<void>;
  /** Starts it again on the same port with the same data. */
  start: () => Promise<void>;
  stop: () => Promise<void>;
}

const binary = resolve(import.meta.dirname, process.env.WEIR_BIN ?? "../../target/debug/weir");
const startingTakes = 30_000;

/** Whether the server is ours to kill. */
export const ownServer = !process.env.WEIR_URL;

export async function startServer(settings: NodeJS.ProcessEnv = {}): Promise<Server> {
  const given = process.env.WEIR_URL;
  if (given)
    return { url: given.replace(/\/$/, ""), kill: notOurs, start: notOurs, stop: async () => {} };

  const dataDir = await mkdtemp(join(tmpdir(), "weir-e2e-"));
  let running = await launch(dataDir, "0", settings);
  const url = running.url;
  const port = new URL(url).port;
  return {
    url,
    kill: () => end(running.child, "SIGKILL"),
    start: async () => {
      running = await launch(dataDir, port, settings);
    },
    stop: async () => {
      await end(running.child, "SIGTERM");
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function notOurs(): Promise<void> {
  throw new Error("the server named by WEIR_URL is not ours to start or kill");
}

/** Limits on guessing count by address, and all these people share one. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(WEIR_|REDIS_URL$|PORT$)/.test(name),
  );
  const redis = process.env.WEIR_REDIS_BIN;
  return {
    ...Object.fromEntries(kept),
    WEIR_RATE_LIMITS: "off",
    WEIR_LINK_PREVIEWS: "off",
    ...(redis && { WEIR_REDIS_BIN: redis }),
  };
}

async function launch(dataDir: string, port: string, settings: NodeJS.ProcessEnv) {
  const child = spawn(binary, ["serve", "--port", port, "--data-dir", dataDir], {
    env: { ...environment(), ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await address(child);
  await ready(url);
  return { child, url };
}

function address(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = "";
    const timer = setTimeout(
      () => failed(new Error(`no address after ${startingTakes} ms:\n${said}`)),
      startingTakes,
    );
    const listen = (part: Buffer) => {
      said += part.toString();
      const url = /Weir is listening on (http:\/\/\S+)/.exec(said)?.[1];
      if (!url) return;
      clearTimeout(timer);
      found(url.replace(/\/$/, ""));
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", failed);
    child.once("exit", (code) => failed(new Error(`${binary} ended with ${code}:\n${said}`)));
  });
}

async function ready(url: string): Promise<void> {
  const deadline = Date.now() + startingTakes;
  while (Date.now() < deadline) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((again) => setTimeout(again, 50));
  }
  throw new Error(`${url} is not ready after ${startingTakes} ms`);
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((ended) => {
    child.once("exit", () => ended());
    child.kill(signal);
  });
}

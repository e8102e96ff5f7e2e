// Starts the server (or two nodes over one Redis, or over a cluster) once for a whole run and tells the stories where it is.
import type { TestProject } from 'vitest/node';
import { anyRedis } from './host';
import { startNode } from './node';

declare module 'vitest' {
  interface ProvidedContext {
    nodes: string[];
  }
}

export default async function setup(project: TestProject) {
  if (process.env.WEIR_NODES !== '2') {
    const node = await startNode();
    project.provide('nodes', [node.url]);
    return () => node.stop();
  }
  const redis = await anyRedis();
  const first = await startNode({ redisUrl: redis.url });
  const second = await startNode({ redisUrl: redis.url });
  project.provide('nodes', [first.url, second.url]);
  return async () => {
    await Promise.all([first.stop(), second.stop()]);
    await redis.stop();
  };
}

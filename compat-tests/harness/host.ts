// Servers of a story's own, for stories in which servers come and go; all of them end with the story.
import { rmSync } from 'node:fs';
import { startCluster } from './cluster';
import { type Node, type NodeSettings, type Redis, startNode, startRedis, temporaryFolder } from './node';
import { Town } from './town';

/** What this run is about: one Redis, or a cluster. */
export const anyRedis = (): Promise<Redis> => (process.env.WEIR_REDIS === 'cluster' ? startCluster() : startRedis());

export class Host {
  private readonly ends: (() => Promise<void>)[] = [];

  async node(settings: NodeSettings = {}): Promise<Node> {
    const node = await startNode(settings);
    this.ends.unshift(node.stop);
    return node;
  }

  /** A data folder that outlives the node in it. */
  folder(): string {
    const path = temporaryFolder();
    this.ends.push(async () => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  async redis(): Promise<Redis> {
    const redis = await anyRedis();
    this.ends.push(redis.stop);
    return redis;
  }

  town(...nodes: Node[]): Town {
    const town = new Town(nodes.map((node) => node.url));
    this.ends.unshift(() => town.closes());
    return town;
  }

  async closes() {
    for (const end of this.ends) await end();
  }
}

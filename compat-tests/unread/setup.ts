// Always two nodes.
import type { TestProject } from 'vitest/node';
import setup from '../harness/setup';

export default function two(project: TestProject) {
  process.env.WEIR_NODES = '2';
  return setup(project);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointHealth } from './endpoint-health.js';
import { StuckNodes } from './stuck-nodes.js';

/** Compares nodes at these slots, time after time. @returns after each time, which of them are left as stuck */
async function compared(...times: number[][]): Promise<number[][]> {
  const nodes = times[0].map((_, i) => new EndpointHealth({ rpcUrl: `http://${i}`, wsUrl: `ws://${i}` }));
  const stuck = new StuckNodes();
  const left: number[][] = [];
  for (const slots of times) {
    await stuck.leave(nodes, (node) => Promise.resolve({ text: JSON.stringify({ result: slots[nodes.indexOf(node)] }) }));
    left.push(nodes.flatMap((node, i) => (node.trouble === 'stuck' ? [i] : [])));
  }
  return left;
}

test('whoever is far behind two others is left until it has caught up', async () => {
  assert.deepEqual(await compared([1_000, 2_000, 2_001], [1_990, 2_075, 2_076]), [[0], []]);
});

test('a node that is far ahead of all others makes none of them stuck', async () => {
  assert.deepEqual(await compared([1_000, 1_001, 1e15], [1_075, 1_001, 1e15], [1_150, 1_001, 1e15], [1_225, 1_001, 1e15]), [[], [], [], [1]]);
  assert.deepEqual(await compared([1_000, 1e15], [1_075, 1e15], [1_150, 1e15]), [[], [], []]);
});

test('of two nodes the one behind is left when it has not moved, until it does', async () => {
  assert.deepEqual(await compared([1_000, 2_000], [1_000, 2_075], [1_000, 2_150], [2_200, 2_225]), [[], [0], [0], []]);
});

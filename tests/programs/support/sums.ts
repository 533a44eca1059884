import assert from 'node:assert/strict';
import type { Scene } from './scene.js';

/** Checks that no point was made or lost, and none is counted twice. */
export function assertSumsExact(scene: Scene): void {
  const run = scene.view();
  const steps = BigInt(run.step) * run.config.pointsPerStep;
  assert.equal(run.pointsAwardedTotal, steps, 'a decided step awards pointsPerStep');
  assert.equal(run.pointsEarnedTotal + run.pointsForfeited + run.epochPoints + run.carry, steps, 'awarded = earned + forfeited + carried');
  assert.equal(run.members.reduce((sum, m) => sum + m.points, 0n), run.epochPoints, 'the epoch has what its members have');
}

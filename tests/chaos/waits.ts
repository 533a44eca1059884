import { setTimeout as delay } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { findMember, type RunView } from '../../client/src/protocol/run-view.js';
import type { ChaosClient } from './client.js';
import type { ChaosNetwork } from './network.js';

/** Until the run has made some steps more, and trains. @returns the run then */
export async function steps(net: ChaosNetwork, more: number): Promise<RunView> {
  const { step } = await net.coordinator.fetchRun();
  return net.when(`step ${step + more}`, (run) => run.step >= step + more && run.state === 'RoundTrain');
}

export const pause = (net: ChaosNetwork, seconds: number): Promise<void> => delay(seconds * 1000, undefined, { signal: net.signal });

/** A member's state in the running epoch; undefined if it is none. */
export const stateOf = (run: RunView, { key }: ChaosClient): string | undefined => findMember(run, key)?.state;

/** Until a member of the epoch is out of it. */
export const dropped = (net: ChaosNetwork, client: ChaosClient): Promise<RunView> =>
  net.when(`${client.label} is dropped`, (run) => stateOf(run, client) === 'Dropped');

/** Nobody has lost points since `before`. */
export async function assertPointsKept(net: ChaosNetwork, before: ReadonlyMap<string, bigint>): Promise<void> {
  const now = await net.points();
  for (const { key, label } of net.clients) assert.ok(now.get(key)! >= before.get(key)!, `${label} had ${before.get(key)} points, and has ${now.get(key)} now`);
}

/** Sentences about those of some clients that were dropped from an epoch. */
export const anyDropped = (net: ChaosNetwork, clients: readonly ChaosClient[]): string[] =>
  clients.flatMap(({ label, index }) => net.metrics.clients[index].epochsDropped.map((epoch) => `${label} was dropped from epoch ${epoch}`));

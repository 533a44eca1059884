import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunMember } from '../protocol/run-view.js';
import type { Collector } from './collecting.js';
import type { Context } from './context.js';
import type { Follower } from './following.js';
import { resume, wasHereBefore } from './resuming.js';
import type { RoundTrainer } from './training.js';

const signal = new AbortController().signal;
const me = { index: 0, key: 'me', state: 'Healthy', forfeited: false, cooldownVoted: false } as RunMember;

function restarted(change: object = {}, failing?: string) {
  const done: string[] = [];
  const step = (name: string, result?: unknown) => async () => {
    done.push(name);
    if (name === failing) throw new Error('no peer');
    return result;
  };
  const context = {
    identity: { address: 'me' }, model: { epoch: undefined }, wake: () => {},
    view: { state: 'RoundTrain', epoch: 2, round: 5, members: [me], ...change },
    p2p: { waitForPeers: step('connect') },
    emit: (event: { code: string }) => void done.push(event.code),
  } as unknown as Context;
  const trainer = { begin: () => {}, restore: () => void done.push('restore'), repeat: step('repeat', true) } as unknown as RoundTrainer;
  const collector = { askPeers: step('ask', true) } as unknown as Collector;
  const follower = { resume: step('replay', true) } as unknown as Follower;
  return { context, done, resume: () => resume(context, { trainer, collector, follower }, me, signal) };
}

test('who was here before takes the epoch up again, and nobody else', () => {
  const was = (change: object): boolean => wasHereBefore(restarted(change).context) !== undefined;
  assert.ok(was({}) && was({ state: 'Cooldown' }) && was({ members: [{ ...me, state: 'Dropped' }] }));
  assert.ok(!was({ state: 'Warmup' }) && !was({ state: 'WaitingForMembers' }) && !was({ members: [] }));
  assert.ok(!was({ members: [{ ...me, forfeited: true }] }) && !was({ members: [{ ...me, state: 'Convicted' }] }));
  assert.ok(!was({ state: 'Cooldown', members: [{ ...me, cooldownVoted: true }] }), 'it has done all there was to do');
  const { context } = restarted();
  context.model.epoch = 2;
  assert.equal(wasHereBefore(context), undefined, 'this very process is in it');
});

test('it asks what others know before it announces anything again, and a peer that fails is no reason not to replay', async () => {
  const { done, resume: go } = restarted();
  await go();
  assert.deepEqual(done.filter((d) => d !== 'replay'), ['restore', 'connect', 'ask', 'repeat']);
  assert.ok(done.includes('replay'));

  const alone = restarted({}, 'connect');
  await alone.resume();
  assert.deepEqual(alone.done.filter((d) => d !== 'replay'), ['restore', 'connect', 'ask', 'repeat']);
  const failing = restarted({}, 'repeat');
  await failing.resume();
  assert.equal(failing.done.at(-1), 'ROUND_NOT_REJOINED');
  const over = restarted({ state: 'Cooldown' });
  await over.resume();
  assert.deepEqual(over.done.filter((d) => d !== 'replay'), ['restore', 'connect'], 'there is no round any more');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection, Stream } from '@libp2p/interface';
import { Admission } from './admission.js';
import { peerIdOf } from './identity.js';
import { MemberList } from './member-list.js';
import { ScoreStore } from './score/store.js';
import { RANGE_BYTES, ServingLimits, TIER_LIMITS } from './serving-limits.js';

const never = new AbortController().signal;
const connectionOf = (byte: number): Connection => ({ remotePeer: peerIdOf(new Uint8Array(32).fill(byte)) }) as unknown as Connection;
const newStream = (): Stream => Object.assign(new EventTarget(), { status: 'open', abort() {} }) as unknown as Stream;

test('who goes away stops waiting: nothing is kept for it, and nobody waits behind it', async () => {
  const now = { ms: 0 };
  const limits = new ServingLimits({ now: () => now.ms });
  const admission = new Admission(new MemberList(), new ScoreStore(), limits, 8, () => now.ms);
  const run = (byte: number, stream = newStream()) =>
    admission.serve(stream, connectionOf(byte), true, never, (share, signal) => share.run(RANGE_BYTES, signal, () => Promise.resolve()));
  // all that observers have together for now
  await run(1);
  await run(1);
  for (let again = 0; again < 100; again++) {
    const streams = Array.from({ length: TIER_LIMITS.observer.streams }, () => newStream());
    const served = streams.map((stream) => run(2, stream));
    for (const stream of streams) stream.dispatchEvent(new Event('close'));
    for (const each of served) await assert.rejects(each, { code: 'STREAM_ENDED' });
  }
  now.ms += 8_000;
  await run(3); // a megabyte has come back, and those who left had none of it
});

test('nothing waits for a node that stops', async () => {
  const limits = new ServingLimits({ now: () => 0 });
  const admission = new Admission(new MemberList(), new ScoreStore(), limits, 8);
  const stopping = new AbortController();
  const reason = new Error('stopped');
  const served = admission.serve(newStream(), connectionOf(1), true, stopping.signal, (share, signal) => share.run(3 * RANGE_BYTES, signal, () => new Promise((_, reject) => signal.addEventListener('abort', () => reject(reason)))));
  stopping.abort(reason);
  await assert.rejects(served, reason);
});

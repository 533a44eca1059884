import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServingLimits, TIER_LIMITS, type ServingOptions, type Tier } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';

const peer = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise(setImmediate);
const hash = peer(99);

/** Limits in bytes that are easy to add up. */
function limitsOf(options: Partial<ServingOptions> & { inFlight?: number } = {}): ServingLimits {
  const { inFlight = 100, ...rest } = options;
  const tier = { ...TIER_LIMITS.member, inFlight };
  return new ServingLimits({ tiers: { member: tier, observer: { ...TIER_LIMITS.observer, inFlight } }, ...rest });
}

/** Work that ends when told to. */
function job(share: ServingShare, bytes: number, log: string[], name: string, signal = never) {
  let finish!: () => void;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const done = share.run(bytes, signal, async () => {
    log.push(name);
    await gate;
  });
  return { done, finish };
}

test('what does not fit waits its turn, in order', async () => {
  const share = limitsOf().of(peer(1), 'member');
  const log: string[] = [];
  const [a, b, c] = [job(share, 60, log, 'a'), job(share, 60, log, 'b'), job(share, 10, log, 'c')];
  await turn();
  assert.deepEqual(log, ['a']); // c would fit, and does not overtake b
  a.finish();
  await a.done;
  await turn();
  assert.deepEqual(log, ['a', 'b', 'c']);
  b.finish();
  c.finish();
  await Promise.all([b.done, c.done]);
});

test('who gives up waiting makes room, and work that fails too', async () => {
  const share = limitsOf().of(peer(1), 'member');
  const log: string[] = [];
  const a = job(share, 60, log, 'a');
  const controller = new AbortController();
  const b = job(share, 60, log, 'b', controller.signal);
  const c = job(share, 30, log, 'c');
  const reason = new Error('gone');
  const rejected = assert.rejects(b.done, reason);
  controller.abort(reason);
  await rejected;
  await turn();
  assert.deepEqual(log, ['a', 'c']);
  a.finish();
  c.finish();
  await Promise.all([a.done, c.done]);
  await assert.rejects(share.run(100, never, () => Promise.reject(new Error('failed'))), /failed/);
  assert.equal(await share.run(100, never, () => Promise.resolve(1)), 1);
});

test('one request larger than the limit still passes, alone', async () => {
  assert.equal(await limitsOf({ inFlight: 10 }).of(peer(1), 'member').run(50, never, () => Promise.resolve('done')), 'done');
});

test('members that do not read what they asked for hold up nobody else', async () => {
  const limits = limitsOf({ maxInFlight: 200 });
  const log: string[] = [];
  const stuck = Array.from({ length: 6 }, (_, i) => job(limits.of(peer(i), 'member'), 50, log, `stuck ${i}`));
  const more = Array.from({ length: 6 }, (_, i) => job(limits.of(peer(i), 'member'), 50, log, `more ${i}`));
  await turn();
  assert.equal(log.length, 6); // nothing more fits but the one answer that each may always have
  assert.equal(await limits.of(peer(9), 'member').run(50, never, () => Promise.resolve('served')), 'served');
  for (const { finish } of [...stuck, ...more]) finish();
  await Promise.all([...stuck, ...more].map(({ done }) => done));
});

test('what is left over goes round', async () => {
  const limits = limitsOf({ maxInFlight: 20, inFlight: 30 });
  const log: string[] = [];
  const jobs = ['a', 'b'].flatMap((name, i) => [1, 2, 3, 4].map((n) => job(limits.of(peer(i), 'member'), 10, log, `${name}${n}`)));
  await turn();
  assert.deepEqual(log, ['a1', 'a2', 'b1']);
  for (const { finish } of jobs) finish();
  await Promise.all(jobs.map(({ done }) => done));
  assert.deepEqual([...log].sort(), ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4']);
  assert.ok(log.indexOf('b2') < log.indexOf('a4'), log.join());
});

test('observers wait for their own bytes, and take none of the members\'', async () => {
  let now = 0;
  const limits = new ServingLimits({ now: () => now, maxInFlight: 1 });
  const observer = limits.of(peer(1), 'observer');
  const log: string[] = [];
  const first = job(observer, TIER_LIMITS.observer.inFlight, log, 'first');
  const second = job(limits.of(peer(2), 'observer'), TIER_LIMITS.observer.inFlight, log, 'second');
  const controller = new AbortController();
  const third = job(limits.of(peer(3), 'observer'), TIER_LIMITS.observer.inFlight, log, 'third', controller.signal);
  await turn();
  assert.deepEqual(log, ['first', 'second']); // a burst, and no more until time has passed
  assert.equal(await limits.of(peer(4), 'member').run(1_000, never, () => Promise.resolve(1)), 1);
  controller.abort(new Error('enough'));
  await assert.rejects(third.done, /enough/);
  now += 60_000;
  assert.equal(await limits.of(peer(3), 'observer').run(1_000, never, () => Promise.resolve(2)), 2);
  for (const { finish } of [first, second]) finish();
  await Promise.all([first.done, second.done]);
});

for (const tier of ['member', 'observer'] satisfies Tier[]) {
  test(`${tier}: streams and requests are counted`, async () => {
    const limits = new ServingLimits({ now: () => 0 });
    const share = limits.of(peer(1), tier);
    const open = Array.from({ length: TIER_LIMITS[tier].streams }, () => share.openStream());
    assert.ok(open.every((done) => done !== undefined));
    assert.equal(share.openStream(), undefined);
    assert.ok(limits.of(peer(2), tier).openStream());
    open[0]!();
    open[0]!(); // once is all it counts
    assert.ok(share.openStream());
    assert.equal(share.openStream(), undefined);
    for (let i = 0; i < TIER_LIMITS[tier].requestBurst; i++) await share.request(never);
    const controller = new AbortController();
    const waiting = share.request(controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });
}

test('the same content is given some times, and not for ever', () => {
  const share = limitsOf().of(peer(1), 'member');
  for (let i = 0; i < 8; i++) assert.ok(share.mayHave(0, hash, 50, 50));
  assert.ok(!share.mayHave(0, hash, 1, 50));
  assert.ok(share.mayHave(1, hash, 50, 50)); // its leaves are something else
  for (let i = 0; i < 5000; i++) share.mayHave(0, new Uint8Array(new Uint32Array(8).fill(i).buffer), 1, 1);
  assert.ok((share as unknown as { given: Map<string, number> }).given.size <= 1024);
});

test('peers are forgotten when there are too many, but not those in the course of something', () => {
  const limits = new ServingLimits({ now: () => 0 });
  const busy = limits.of(peer(1), 'member');
  busy.openStream();
  for (let i = 0; i < 3000; i++) limits.of(new Uint8Array(new Uint32Array(8).fill(i + 1000).buffer), 'member');
  assert.equal(limits.of(peer(1), 'member'), busy);
  assert.ok((limits as unknown as { shares: Map<string, unknown> }).shares.size <= 1024);
});

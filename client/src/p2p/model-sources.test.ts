import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_FAILURES, ModelSources, STREAMS_PER_SOURCE } from './model-sources.js';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const no = new Error('no');

function pool(count: number) {
  const clock = { now: 0 };
  const sources = new ModelSources(Array.from({ length: count }, (_, i) => key(i)), () => clock.now);
  return { clock, sources };
}

test('all are asked before one is asked twice, and none more often than it has streams', () => {
  const { sources } = pool(3);
  const ids = Array.from({ length: 3 * STREAMS_PER_SOURCE }, () => sources.take()!.source.id);
  assert.equal(new Set(ids.slice(0, 3)).size, 3);
  assert.equal(sources.take(), undefined);
  assert.equal(new ModelSources([key(1), key(1)]).size, 1);
});

test('who fails rests, longer each time, while the others are asked', () => {
  const { sources, clock } = pool(2);
  const first = sources.take()!;
  sources.failed(first, no);
  sources.release(first);
  const others = Array.from({ length: STREAMS_PER_SOURCE }, () => sources.take()!);
  assert.ok(others.every(({ source, restMs }) => source !== first.source && restMs === 0));
  let rest = 0;
  for (let failures = 1; failures < 8; failures++) {
    const again = sources.take()!;
    assert.equal(again.source, first.source);
    assert.ok(again.restMs >= rest && again.restMs <= 8_000, `${again.restMs} ms after ${rest} ms`);
    rest = again.restMs;
    clock.now += again.restMs + 1;
    sources.failed(again, no);
    sources.release(again);
  }
  const good = sources.take()!;
  sources.delivered(good);
  sources.release(good);
  assert.equal(sources.take()!.restMs, 0);
});

test('a peer that is gone ends all its streams, and that is one failure', () => {
  const { sources, clock } = pool(1);
  for (let failures = 1; failures <= MAX_FAILURES; failures++) {
    assert.equal(sources.exhausted, false);
    const turns = Array.from({ length: STREAMS_PER_SOURCE }, () => sources.take()!);
    clock.now += 10_000;
    for (const turn of turns) {
      sources.failed(turn, no);
      sources.release(turn);
    }
    assert.equal(turns[0].source.failures, failures);
  }
  assert.equal(sources.exhausted, true);
  assert.deepEqual(sources.errors, [no]);
});

test('one that delivers keeps those that fail in the game; a liar is out at once', () => {
  const { sources, clock } = pool(2);
  const [a, b] = [sources.take()!, sources.take()!];
  sources.release(b);
  for (let i = 0; i < 5; i++) {
    const turn = { ...b, since: (clock.now += 10_000) };
    clock.now++;
    sources.failed(turn, no);
  }
  assert.equal(sources.exhausted, false);
  sources.lied(a.source.key, no);
  assert.ok(a.source.out.signal.aborted);
  assert.deepEqual(sources.honest, [b.source.key]);
  assert.equal(sources.exhausted, true);
  assert.equal(new ModelSources([]).exhausted, true);
});

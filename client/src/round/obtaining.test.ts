import assert from 'node:assert/strict';
import { test } from 'node:test';
import { P2pError } from '../p2p/index.js';
import { bytesEqual } from '../protocol/bytes.js';
import type { Context } from './context.js';
import { Duties } from './duties.js';
import { ModelAhead, obtainModel } from './obtaining.js';

const ROOT = new Uint8Array(32).fill(7);
const MODEL = Uint8Array.of(1, 2, 3, 4);
const ME = '11111111111111111111111111111112';
const OTHER = '11111111111111111111111111111113';
const NOBODY = new P2pError('MODEL_UNAVAILABLE', 'no source is left');
const live = (): AbortSignal => AbortSignal.timeout(30_000);

type Fetch = (signal: AbortSignal, sources: readonly Uint8Array[]) => Promise<Uint8Array>;

/** Waits until told to stop. */
const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

function contextOf(fetch: Fetch, options: { posted?: boolean; state?: string } = {}) {
  const asked: string[] = [];
  const context = {
    identity: { address: ME },
    engine: { stateBytes: MODEL.length },
    store: { folder: '/state', readParameters: async () => undefined },
    emit: () => {},
    model: { epoch: undefined, startRoot: new Uint8Array(32), inSync: false },
    tally: { modelHash: '' },
    p2p: {
      fetchModel: (root: Uint8Array, size: number, sources: readonly Uint8Array[], signal: AbortSignal, { folder }: { folder: string }) => {
        asked.push(`fetch ${folder}`);
        assert.ok(bytesEqual(root, ROOT) && size === MODEL.length);
        return fetch(signal, sources);
      },
      fetchModelAhead: async (_: Uint8Array, __: number, sources: readonly Uint8Array[], signal: AbortSignal) => {
        asked.push('ahead');
        await fetch(signal, sources);
      },
    },
    view: {
      state: options.state ?? 'Warmup',
      epoch: 3,
      epochHash: ROOT,
      epochHashAgreed: true,
      members: [{ key: ME, state: 'Joined' }, { key: OTHER, state: 'Healthy' }],
      pending: [{ key: OTHER }, { key: ME }],
      ...(options.posted ? { checkpoint: { hash: ROOT, location: 'https://example.org/run' } } : {}),
    },
  };
  return { context: context as unknown as Context & { view: typeof context.view }, asked };
}

test('members are asked first, each once and never itself, and what comes is kept in the state folder', async () => {
  const { context, asked } = contextOf(async (_, sources) => {
    assert.equal(sources.length, 1);
    return MODEL;
  });
  const never = (): Promise<never> => Promise.reject(new Error('not needed'));
  assert.deepEqual(await obtainModel(context, ROOT, live(), never), MODEL);
  assert.deepEqual(asked, ['fetch /state/downloads']);
});

test('with no member left it comes from the posted checkpoint; with none posted, the members\' failure is told', async () => {
  const none = contextOf(() => Promise.reject(NOBODY));
  await assert.rejects(obtainModel(none.context, ROOT, live(), () => Promise.reject(new Error('never'))), NOBODY);
  const { context } = contextOf(() => Promise.reject(NOBODY), { posted: true });
  assert.deepEqual(await obtainModel(context, ROOT, live(), async () => MODEL), MODEL);
  await assert.rejects(obtainModel(context, ROOT, live(), async () => undefined), { code: 'MODEL_UNAVAILABLE' });
  const gone = new Error('the server is gone');
  await assert.rejects(obtainModel(context, ROOT, live(), () => Promise.reject(gone)), gone);
});

test('a member that comes back is not waited for in vain while a server drips', async () => {
  let calls = 0;
  const { context } = contextOf(() => (++calls < 3 ? Promise.reject(NOBODY) : Promise.resolve(MODEL)), { posted: true });
  let stopped = false;
  const drips = (_: Context, __: string, signal: AbortSignal): Promise<never> => forever(signal).finally(() => (stopped = true));
  assert.deepEqual(await obtainModel(context, ROOT, live(), drips, 1), MODEL);
  assert.equal(calls, 3);
  assert.ok(stopped);
});

test('once members give little, the checkpoint is fetched beside them; if that fails what they give goes on', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  for (const posted of [true, false]) {
    const { context } = contextOf(forever, { posted });
    let give!: (model: Uint8Array) => void;
    let progress!: (bytes: number, total: number) => void;
    context.p2p.fetchModel = (_, __, ___, ____, options) => {
      progress = options!.onProgress!;
      return new Promise((resolve) => (give = resolve));
    };
    let tries = 0;
    const gone = async (): Promise<never> => {
      tries++;
      throw new Error('the server is gone');
    };
    const obtained = obtainModel(context, ROOT, new AbortController().signal, gone);
    let here = 0;
    const counts: number[] = [];
    for (const megabytes of [20, 15, 20, 14, 20, 0, 0]) {
      progress((here += megabytes * 1e6), 1e9);
      t.mock.timers.tick(15_000);
      await new Promise(setImmediate);
      counts.push(tries);
    }
    assert.deepEqual(counts, posted ? [0, 0, 0, 1, 1, 2, 3] : [0, 0, 0, 0, 0, 0, 0]);
    give(MODEL);
    assert.deepEqual(await obtained, MODEL);
  }
  const { context } = contextOf(forever, { posted: true });
  const obtained = obtainModel(context, ROOT, new AbortController().signal, async () => MODEL);
  t.mock.timers.tick(15_000);
  assert.deepEqual(await obtained, MODEL);
});

test('a full disk is told, and not taken for a lack of members', async () => {
  const full = new P2pError('CANNOT_STORE', 'no room');
  const { context } = contextOf(() => Promise.reject(full), { posted: true });
  await assert.rejects(obtainModel(context, ROOT, live(), () => Promise.reject(new Error('never'))), full);
});

test('what the run does not go on from any more is given up', async () => {
  for (const change of [{ epochHash: new Uint8Array(32).fill(8) }, { state: 'RoundTrain' }]) {
    const { context } = contextOf((signal) => {
      Object.assign(context.view, change);
      return forever(signal);
    });
    await assert.rejects(obtainModel(context, ROOT, live(), async () => undefined), { code: 'MODEL_NOT_NEEDED' });
  }
  const reason = new Error('stopped');
  const controller = new AbortController();
  const { context } = contextOf(forever);
  const ended = assert.rejects(obtainModel(context, ROOT, controller.signal), reason);
  controller.abort(reason);
  await ended;
});

test('a newcomer fetches ahead what the next epoch starts from, once', async () => {
  const errors: unknown[] = [];
  let calls = 0;
  const { context, asked } = contextOf(() => (++calls === 1 ? Promise.reject(NOBODY) : Promise.resolve(MODEL)), { state: 'WaitingForMembers' });
  const duties = new Duties(live(), (_, error) => errors.push(error));
  const ahead = new ModelAhead(1);
  for (let i = 0; i < 4; i++) {
    ahead.update(context, duties);
    await duties.idle();
  }
  assert.equal(calls, 2);
  assert.deepEqual(asked, ['ahead', 'ahead']);
  assert.deepEqual(errors, []);
});

test('nothing is fetched ahead by who has it or makes it, nor before it is agreed on', async () => {
  const changes: ((context: ReturnType<typeof contextOf>['context']) => unknown)[] = [
    (c) => Object.assign(c.view, { state: 'Cooldown', epochHashAgreed: false }),
    (c) => Object.assign(c.view, { state: 'Cooldown' }) && Object.assign(c.model, { epoch: 3, inSync: true }),
    (c) => Object.assign(c.view, { state: 'RoundTrain' }),
    (c) => Object.assign(c.view, { pending: [{ key: OTHER }] }),
    (c) => Object.assign(c.view, { epochHash: new Uint8Array(32) }),
    (c) => Object.assign(c.tally, { modelHash: '07'.repeat(32) }),
    (c) => Object.assign(c.model, { startRoot: ROOT }),
  ];
  for (const change of changes) {
    const { context, asked } = contextOf(async () => MODEL, { state: 'WaitingForMembers' });
    change(context);
    const duties = new Duties(live(), assert.ifError);
    new ModelAhead(1).update(context, duties);
    await duties.idle();
    assert.deepEqual(asked, [], String(change));
  }
  const stored = contextOf(async () => MODEL, { state: 'WaitingForMembers' });
  Object.assign(stored.context.store, { readParameters: async () => MODEL });
  const duties = new Duties(live(), assert.ifError);
  new ModelAhead(1).update(stored.context, duties);
  await duties.idle();
  assert.deepEqual(stored.asked, []);
});

test('what is fetched ahead makes way for the epoch', async () => {
  const { context, asked } = contextOf(forever, { state: 'WaitingForMembers' });
  const duties = new Duties(live(), assert.ifError);
  const ahead = new ModelAhead(1);
  ahead.update(context, duties);
  await new Promise(setImmediate);
  assert.deepEqual(asked, ['ahead']);
  await ahead.end();
  await duties.idle();
  ahead.update(context, duties);
  await new Promise(setImmediate);
  context.view.state = 'Warmup';
  ahead.update(context, duties);
  await duties.idle();
  assert.deepEqual(asked, ['ahead', 'ahead']);
});

import { join } from 'node:path';
import { isZero, toHex } from '../protocol/bytes.js';
import { drawCheckpointers } from '../protocol/roles.js';
import { type Context, myself } from './context.js';
import type { Duties } from './duties.js';
import type { Follower } from './following.js';
import { orSomebodyElse } from './pacing.js';
import { evaluate } from './reporting.js';

/**
 * Cooldown: votes for the hash of the epoch's last parameters, keeps them on disk, offers them to whoever joins, and,
 * if elected, posts where the checkpoint is (protocol 2).
 * @param evaluationSequences held-out sequences for the epoch's evaluation; 0: none
 */
export function coolDown(context: Context, follower: Follower, evaluationSequences: number, duties: Duties): void {
  const { view } = context;
  if (view.state !== 'Cooldown' || !follower.caughtUp()) return;
  // Under the name of what touches the parameters, so that the next epoch loads nothing before this is written.
  duties.start('model', `cool/${view.epoch}`, async (signal) => {
    const { engine, p2p, store, chain, emit, tally } = context;
    const { epoch, step } = view;
    const parameters = engine.serialize();
    const hash = await engine.parameterHash();
    const hex = toHex(hash);
    tally.modelHash = hex;
    p2p.provideModel(hash, () => parameters);
    store.saveParameters(hex, parameters);
    store.saveOptimizer(engine.saveOptimizer());
    const me = myself(context);
    if (me?.state === 'Healthy' && !me.cooldownVoted) await orSomebodyElse(() => chain.cooldownWitness({ epoch, hash }, { signal }));
    emit({ event: 'epochEnd', epoch, step, hash: hex });
    await evaluate(context, evaluationSequences, signal);
    const folder = join(store.checkpoints, `step-${step}`);
    await engine.writeCheckpoint(folder, { step, hash: hex });
    tally.checkpoint = folder;
    emit({ event: 'checkpoint', path: folder, hash: hex, step });
  });
  postCheckpoint(context, duties);
}

/** The first elected member that is ready posts where the agreed parameters can be had. */
function postCheckpoint(context: Context, duties: Duties): void {
  const { view, tally } = context;
  const me = myself(context);
  const agreed = view.epochHash;
  if (me === undefined || !view.epochHashAgreed || tally.modelHash !== toHex(agreed)) return;
  if (view.checkpoint !== undefined && toHex(view.checkpoint.hash) === toHex(agreed)) return;
  const seed = view.rounds.filter((r) => r.epoch === view.epoch && !isZero(r.seed)).sort((a, b) => b.round - a.round)[0]?.seed;
  if (seed === undefined) return;
  const place = drawCheckpointers(seed, view.members.length).indexOf(me.index);
  if (place < 0 || context.clock.current() < Number(view.stateStartSlot) + 2 * place) return;
  duties.start('checkpoint', `${view.epoch}`, (signal) =>
    orSomebodyElse(() => context.chain.checkpoint({ epoch: view.epoch, hash: agreed, location: `p2p://${context.identity.address}` }, { signal })),
  );
}

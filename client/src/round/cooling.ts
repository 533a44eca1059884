import { isZero, toHex } from '../protocol/bytes.js';
import { drawCheckpointers } from '../protocol/roles.js';
import { hasEpochVote } from '../protocol/run-view.js';
import { writeEpoch } from './checkpointing.js';
import { type Context, myself } from './context.js';
import type { Duties } from './duties.js';
import type { Follower } from './following.js';
import { orSomebodyElse } from './pacing.js';
import { evaluate } from './reporting.js';
import { saveResidual } from './residual.js';

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
    const { engine, p2p, store, emit, tally } = context;
    const { epoch, step } = view;
    const parameters = engine.serialize();
    const hash = await engine.parameterHash();
    const hex = toHex(hash);
    p2p.provideModel(hash, () => parameters, (state) => engine.leafHashes(state));
    await store.saveParameters(hex, parameters, [toHex(view.epochHash)]);
    tally.modelHash = hex;
    tally.epochEnd = { epoch, hash };
    context.wake();
    emit({ event: 'epochEnd', epoch, step, hash: hex });
    await saveResidual(context, signal);
    await evaluate(context, evaluationSequences, signal);
    const folder = await writeEpoch(context, parameters, { root: hex, epoch, step }, signal);
    tally.checkpoint = folder;
    context.wake();
    emit({ event: 'checkpoint', path: folder, hash: hex, step });
  });
  voteForHash(context, duties);
  postCheckpoint(context, duties);
}

/** Everyone who was warm has a vote, whether it was dropped since or not: what counts is that it followed. */
function voteForHash(context: Context, duties: Duties): void {
  const { view, tally } = context;
  const me = myself(context);
  const { epochEnd } = tally;
  if (me === undefined || !hasEpochVote(me) || me.cooldownVoted || epochEnd?.epoch !== view.epoch) return;
  duties.start('hash-vote', `${view.epoch}`, (signal) =>
    orSomebodyElse(() => context.chain.cooldownWitness({ epoch: view.epoch, hash: epochEnd.hash }, { signal })),
  );
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

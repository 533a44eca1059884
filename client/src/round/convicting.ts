import type { Announcement } from '../protocol/commitment.js';
import { isPastWarmup } from '../protocol/run-view.js';
import { type Context, patience } from './context.js';
import type { Duties } from './duties.js';
import { orSomebodyElse } from './pacing.js';

/** Keeps two announcements of one member for one round as proof, if they are what they seem. Never throws. */
export function accuse(context: Context, first: Announcement, second: Announcement): void {
  const { view, evidence, identity, clock, emit } = context;
  const member = view.members[first.index];
  if (member === undefined || first.epoch !== view.epoch) return;
  if (member.key === identity.address) {
    const message = `somebody else announces under this node's key in round ${first.round}: find the other process that has it, before it is convicted`;
    emit({ event: 'warning', code: 'SECOND_SELF', message });
    return;
  }
  try {
    const proof = evidence.file(member.key, first, second, clock.current());
    if (proof !== undefined) {
      const message = `member ${proof.index} (${proof.key}) signed two commitments for round ${proof.round}; both are kept as proof`;
      emit({ event: 'warning', code: 'EQUIVOCATION', message });
    }
  } catch (error) {
    const message = `a proof against member ${member.index} is not on disk, and lost if this client stops (${(error as Error).message})`;
    emit({ event: 'warning', code: 'PROOF_NOT_SAVED', message });
  }
  context.wake();
}

/**
 * Brings the proofs to the chain while the epoch lasts (protocol 3.2). One is enough, so each participant waits its turn,
 * counted from when it came by the proof.
 */
export function convictEquivocators(context: Context, duties: Duties): void {
  const { view, evidence, identity, clock, emit } = context;
  if (!isPastWarmup(view)) return;
  evidence.open(view.epoch, clock.current());
  for (const { equivocation, seenAt } of evidence.of(view.epoch)) {
    const { key, index, first, second } = equivocation;
    const member = view.members[index];
    // After a Warmup that failed the epoch's places are other members'.
    if (member?.key !== key || key === identity.address) continue;
    if (member.state === 'Convicted' || member.forfeited || clock.current() < seenAt + patience(context)) continue;
    duties.start(`convict/${key}`, `${view.epoch}`, async (signal) => {
      const done = await orSomebodyElse(() => context.chain.convict({ member: key, first, second, treasury: view.treasury }, { signal }));
      if (done) emit({ event: 'info', message: `brought the proof against member ${index} (${key}) to the chain; half of its deposit is this node's` });
      return done;
    });
  }
}

import { type Keypair } from '@solana/web3.js';
import { sha256 } from '../../client/src/protocol/bytes.js';
import { acceptedListRoot, type AcceptedEntry } from '../../client/src/protocol/merkle.js';
import { bitmapOf, bitsOf, findRound, hasEpochVote, inEpoch, isTraining, type RunView } from '../../client/src/protocol/run-view.js';
import { myself } from '../../client/src/round/context.js';
import type { Duties } from '../../client/src/round/duties.js';
import { keepPace, orSomebodyElse } from '../../client/src/round/pacing.js';
import type { SlotClock } from '../../client/src/round/slot-clock.js';
import { CLIENT_VERSION } from '../../client/src/version.js';
import type { CrowdChain } from './crowd-chain.js';

/** What stands for a hash that members agree on. */
const hashOf = (...parts: (string | number)[]): Uint8Array => sha256(new TextEncoder().encode(parts.join('/')));

export interface CrowdRun {
  /** The run as it is now. */
  view: RunView;
  clock: SlotClock;
  hashInterval: number;
  /** Whether the round's training, and the exchange of its payloads, are over. */
  exchanged: boolean;
}

/**
 * A member as the chain sees one: joins, warms up, votes where it is elected, takes its turn at what anybody may send (by
 * the client's own rules), agrees on the epoch's hash. It trains nothing and has no peers: all members hold everything
 * at the same moment.
 */
export class CrowdMember {
  readonly identity: { secretKey: Uint8Array; publicKey: Uint8Array; address: string };

  constructor(private readonly key: Keypair, private readonly chain: CrowdChain, private readonly run: CrowdRun, private readonly duties: Duties) {
    this.identity = { secretKey: key.secretKey, publicKey: key.publicKey.toBytes(), address: key.publicKey.toBase58() };
  }

  /** Does what is due; call at every change and every slot. */
  look(): void {
    const { run, chain, identity, duties } = this;
    const { view, clock } = run;
    keepPace({ identity, view, clock, chain }, duties);
    this.join();
    const me = myself({ identity, view });
    if (me === undefined) return;
    const { epoch } = view;
    if (view.state === 'Warmup' && me.state === 'Joined') {
      duties.start('warm', `${epoch}`, (signal) => orSomebodyElse(() => chain.warmupWitness({ epoch }, { signal })));
    }
    const position = view.witnesses.indexOf(me.index);
    if (isTraining(view) && view.seedPinned && position >= 0 && me.state === 'Healthy' && run.exchanged) this.vote(position, me.index);
    if (view.state === 'Cooldown') this.coolDown(me.index, hasEpochVote(me) && !me.cooldownVoted);
  }

  private join(): void {
    const { view } = this.run;
    const listed = view.pending.some((p) => p.key === this.identity.address);
    if (view.state !== 'WaitingForMembers' || view.epoch > 0 || listed) return;
    this.duties.start('join', `${view.epoch}`, async (signal) => {
      await this.chain.joinRun({ payout: this.key.publicKey, capacity: 1, address: { kind: 'none' }, clientVersion: CLIENT_VERSION }, { signal });
    });
  }

  private vote(position: number, memberIndex: number): void {
    const { view, hashInterval } = this.run;
    const { epoch, round } = view;
    const trainers = bitsOf(findRound(view, epoch, round)?.trainers ?? new Uint8Array());
    const accepted: AcceptedEntry[] = trainers.map((index) => ({ index, commitmentHash: hashOf('commitment', epoch, round, index) }));
    if (accepted.length === 0) return;
    this.duties.start('vote', `${epoch}/${round}`, (signal) =>
      orSomebodyElse(() =>
        this.chain.witness({
          epoch,
          round,
          position,
          memberIndex,
          bitmap: bitmapOf(trainers),
          root: acceptedListRoot(accepted),
          parameterHash: round % hashInterval === 0 ? hashOf('parameters', epoch, round) : undefined,
          possession: hashOf('possession', epoch, round, memberIndex),
          metrics: { loss: 3, tokensPerSecond: 1000, bytesUp: 1_000_000, bytesDown: 1_000_000 },
        }, { signal }),
      ),
    );
  }

  private coolDown(index: number, votes: boolean): void {
    const { run: { view, clock }, duties, chain } = this;
    const { epoch } = view;
    const hash = hashOf('end', epoch);
    if (votes) duties.start('hash-vote', `${epoch}`, (signal) => orSomebodyElse(() => chain.cooldownWitness({ epoch, hash }, { signal })));
    const place = view.checkpointers.indexOf(index);
    if (!view.epochHashAgreed || view.checkpoint !== undefined || place < 0 || clock.current() < Number(view.stateStartSlot) + 2 * place) return;
    duties.start('checkpoint', `${epoch}`, (signal) => orSomebodyElse(() => chain.checkpoint({ epoch, hash, location: `p2p://${this.identity.address}` }, { signal })));
  }
}

/** Whether the run's only epoch here is over. */
export const isOver = (view: RunView): boolean => view.state === 'Finished' || (view.epoch > 0 && !inEpoch(view));

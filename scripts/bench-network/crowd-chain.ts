import { type Keypair, PublicKey } from '@solana/web3.js';
import type { Chain, CoordinatorClient } from '../../client/src/chain/index.js';
import type { CoordinatorCalls } from '../../client/src/chain/coordinator-calls.js';
import { loadOf } from '../../client/src/chain/load.js';
import type { Call } from '../../client/src/chain/transaction.js';
import type { RunView } from '../../client/src/protocol/run-view.js';

type Sending = 'joinRun' | 'warmupWitness' | 'witness' | 'cooldownWitness' | 'checkpoint' | 'pinSeed' | 'tick' | 'healthCheck' | 'settle';

/**
 * What a `CoordinatorClient` sends, in one member's name, for many members that look at the run together: a subscription
 * of each of hundreds to the same account would measure this one process, not the chain.
 */
export class CrowdChain implements Pick<CoordinatorClient, Sending> {
  constructor(
    private readonly chain: Chain,
    private readonly calls: CoordinatorCalls,
    private readonly run: PublicKey,
    private readonly signer: Keypair,
    private readonly seen: () => RunView,
  ) {}

  joinRun: CoordinatorClient['joinRun'] = (args, waiting) => this.send(this.calls.joinRun(this.signer.publicKey, this.run, args, this.load(), false), waiting);

  warmupWitness: CoordinatorClient['warmupWitness'] = ({ epoch }, waiting) =>
    this.send(this.calls.warmupWitness(this.signer.publicKey, this.run, epoch, this.load()), waiting);

  witness: CoordinatorClient['witness'] = (args, waiting) => this.send(this.calls.witness(this.signer.publicKey, this.run, args, this.load()), waiting);

  cooldownWitness: CoordinatorClient['cooldownWitness'] = ({ epoch, hash }, waiting) =>
    this.send(this.calls.cooldownWitness(this.signer.publicKey, this.run, epoch, hash, this.load()), waiting);

  checkpoint: CoordinatorClient['checkpoint'] = ({ epoch, hash, location }, waiting) =>
    this.send(this.calls.checkpoint(this.signer.publicKey, this.run, epoch, hash, location), waiting);

  pinSeed: CoordinatorClient['pinSeed'] = (waiting) => this.send(this.calls.pinSeed(this.run, this.load()), waiting);

  tick: CoordinatorClient['tick'] = (waiting) => this.send(this.calls.tick(this.run, this.load()), waiting);

  healthCheck: CoordinatorClient['healthCheck'] = ({ epoch, round, memberIndex }, waiting) =>
    this.send(this.calls.healthCheck(this.run, epoch, round, memberIndex, this.load()), waiting);

  settle: CoordinatorClient['settle'] = ({ epoch, members }, waiting) => {
    const named = members.map(({ index, key }) => ({ index, key: new PublicKey(key) }));
    const forfeits = members.filter(({ index }) => this.seen().members[index]?.forfeited ?? true).length;
    return this.send(this.calls.settle(this.run, epoch, named, this.load(), forfeits), waiting);
  };

  private load(): ReturnType<typeof loadOf> {
    return loadOf(this.seen());
  }

  private async send(call: Promise<Call>, waiting: { signal?: AbortSignal } = {}): ReturnType<Chain['send']> {
    return this.chain.send([await call], { signers: [this.signer], signal: waiting.signal });
  }
}

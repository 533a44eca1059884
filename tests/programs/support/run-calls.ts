import type { Keypair, PublicKey } from '@solana/web3.js';
import type { CoordinatorCalls } from '../../../client/src/chain/coordinator-calls.js';
import type { Call } from '../../../client/src/chain/transaction.js';

/** Instructions that anyone may send, whoever signs. */
const OPEN = ['tick', 'pinSeed', 'healthCheck', 'settle'] as const;
type Open = (typeof OPEN)[number];
type Signed =
  | 'writeManifest' | 'sealManifest' | 'updateConfig' | 'updateClientVersion' | 'resume' | 'pause' | 'finish' | 'closeRun'
  | 'joinRun' | 'leaveRun' | 'warmupWitness' | 'witness' | 'cooldownWitness' | 'checkpoint';

/** The coordinator's instructions on one run. */
export type RunCall = Open | Signed;

/** What a call takes beside its signer and the run. */
export type RunCallArgs<N extends RunCall> = N extends Open
  ? Parameters<CoordinatorCalls[N]> extends [PublicKey, ...infer A] ? A : never
  : Parameters<CoordinatorCalls[N]> extends [PublicKey, PublicKey, ...infer A] ? A : never;

/** Builds a call by its name, with the client's builders. */
export function runCall<N extends RunCall>(
  calls: CoordinatorCalls, run: PublicKey, signer: Keypair, name: N, args: RunCallArgs<N>,
): Promise<Call> {
  const build = calls[name].bind(calls) as (...all: unknown[]) => Promise<Call>;
  return (OPEN as readonly string[]).includes(name) ? build(run, ...args) : build(signer.publicKey, run, ...args);
}

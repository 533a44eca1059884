import type { IdlTypes } from '@coral-xyz/anchor';
import type { PublicKey } from '@solana/web3.js';
import BN from 'bn.js';
import type { Coordinator } from '../../../idl/coordinator.js';
import type { RunSettings } from '../protocol/run-view.js';
import type { NetworkAddress } from './network-address.js';

/** Settings as `create_run` takes them. */
export type ConfigArgs = RunSettings;

/** What a witness votes for and what it measured; rates per second, sizes in bytes, losses in nats per token. */
export interface WitnessArgs {
  epoch: number;
  round: number;
  /** Its place in `RunView.witnesses`. */
  position: number;
  memberIndex: number;
  bitmap: Uint8Array;
  root: Uint8Array;
  /** θ of the round before, where `hashInterval` asks for it. */
  parameterHash?: Uint8Array;
  possession: Uint8Array;
  metrics: WitnessMetrics;
}

export interface WitnessMetrics {
  loss: number;
  tokensPerSecond: number;
  bytesUp: bigint | number;
  bytesDown: bigint | number;
  /** At most 8, names of at most 8 ASCII characters. */
  evals?: { name: string; value: number }[];
  /** At most 16 tokens. */
  sample?: number[];
}

export interface JoinArgs {
  /** Who alone can claim what this node earns; fixed by the first join. */
  payout: PublicKey;
  /** 1–8. */
  capacity: number;
  address: NetworkAddress;
  clientVersion: string;
  /** Of a permissioned run: the account that lets the node join. */
  authorization?: PublicKey;
}

const big = (value: bigint | number): BN => new BN(value.toString());

/** In the shape of the interface description. */
export function encodeConfig(config: ConfigArgs): IdlTypes<Coordinator>['configArgs'] {
  return {
    ...config,
    globalBatchSizeWarmupTokens: big(config.globalBatchSizeWarmupTokens),
    pointsPerStep: big(config.pointsPerStep),
    joinDeposit: big(config.joinDeposit),
  };
}

/** In the shape of the interface description; what is too long is cut, what is no number is 0. */
export function encodeWitness(args: WitnessArgs): IdlTypes<Coordinator>['witnessArgs'] {
  const { metrics } = args;
  return {
    epoch: args.epoch,
    round: args.round,
    position: args.position,
    memberIndex: args.memberIndex,
    bitmap: [...args.bitmap],
    root: [...args.root],
    parameterHash: args.parameterHash ? [...args.parameterHash] : null,
    possession: [...args.possession],
    metrics: {
      // Borsh knows no NaN, and a loss that is none says nothing.
      loss: Number.isNaN(metrics.loss) ? 0 : metrics.loss,
      tokensPerSecond: Number.isNaN(metrics.tokensPerSecond) ? 0 : metrics.tokensPerSecond,
      bytesUp: big(metrics.bytesUp),
      bytesDown: big(metrics.bytesDown),
      evals: (metrics.evals ?? []).slice(0, 8).map(({ name, value }) => ({ name: [...Buffer.from(name.slice(0, 8).padEnd(8, '\0'), 'latin1')], value })),
      sample: (metrics.sample ?? []).slice(0, 16),
    },
  };
}

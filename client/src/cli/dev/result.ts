import { existsSync } from 'node:fs';
import { CoordinatorClient, TreasurerClient, type Chain } from '../../chain/index.js';
import type { ClientMetrics, RunMetrics } from '../../observe/run-metrics.js';
import { PsycheError } from '../../errors.js';
import { CLIENT_LAMPORTS, type Participant } from './participants.js';
import { claimAll, earnings } from './payday.js';
import type { RunResult } from './summary.js';
import type { PublicKey } from '@solana/web3.js';

/** Times of the whole command, in seconds. */
export interface Times {
  total(): number;
  firstLoss: number;
}

/**
 * Lets everyone claim, then puts together what the run has come to: points, payments and the agreed hash from the
 * chain, losses and hashes from the clients.
 * @throws PsycheError `NOTHING_FINISHED` if no client got to the end; ChainError
 */
export async function settleUp(
  chain: Chain,
  run: PublicKey,
  clients: readonly Participant[],
  metrics: RunMetrics,
  times: Times,
  signal: AbortSignal,
): Promise<RunResult> {
  const treasurer = new TreasurerClient(chain, run);
  await claimAll(chain, run, clients, await treasurer.fetch(), signal);
  const [treasury, view] = await Promise.all([treasurer.fetch(), new CoordinatorClient(chain, run).fetchRun()]);
  // Who was dropped in the last epoch is not where the others are, whatever it has in memory.
  const modelOf = (c: ClientMetrics): string | undefined => (c.finished === undefined ? undefined : c.epochHashes.get(view.epoch - 1));
  const finished = metrics.clients.flatMap((c) => (c.finished === undefined || modelOf(c) === undefined ? [] : [c.finished]));
  if (finished.length === 0) throw new PsycheError('NOTHING_FINISHED', 'no client finished the run, so there is nothing to show; look at the lines above.');
  const earned = await earnings(chain, run, clients, treasury);
  const checkpoint = finished.find((f) => existsSync(f.checkpoint))?.checkpoint;
  return {
    epochs: view.epoch,
    steps: view.step,
    clients: metrics.clients.map((c, i) => ({
      label: c.label,
      pubkey: clients[i].node.publicKey.toBase58(),
      points: earned[i].points,
      tokensClaimed: earned[i].tokens,
      modelHash: modelOf(c),
      lamportsSpent: CLIENT_LAMPORTS - earned[i].lamports,
      bytesSent: c.bytesUp,
    })),
    pointsAwarded: view.pointsEarnedTotal,
    pointsPerStep: view.config.pointsPerStep,
    pointsCarried: view.carry,
    pointsForfeited: view.pointsForfeited,
    convicted: metrics.convictions,
    tokensPaid: treasury.paidTotal,
    tokenDecimals: treasury.mint.decimals,
    rate: view.rate,
    lossFirst: metrics.clients.find((c) => c.heldOutFirst !== undefined)?.heldOutFirst ?? Number.NaN,
    lossLast: finished[0].heldOutLoss,
    unigramEntropy: metrics.clients.find((c) => c.unigramEntropy !== undefined)?.unigramEntropy ?? Number.NaN,
    payloadBytesPerStep: metrics.payloadBytesPerStep ?? Number.NaN,
    gradientBytes: metrics.gradientBytes ?? Number.NaN,
    transactions: metrics.clients.reduce((sum, c) => sum + c.transactions, chain.spent.transactions),
    seconds: times.total(),
    secondsToFirstLoss: times.firstLoss,
    agreedHash: view.epochHashAgreed ? Buffer.from(view.epochHash).toString('hex') : undefined,
    sample: finished.find((f) => f.sample !== '')?.sample ?? '',
    checkpoint: checkpoint ?? '',
  };
}

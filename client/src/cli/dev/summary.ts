import { bytes, clock, count, nats, printable, short } from '../../observe/format.js';
import { formatAmount } from '../common/amounts.js';
import { table } from '../common/output.js';

/** One client's part in the run. */
export interface ClientResult {
  label: string;
  /** Node key, base58. */
  pubkey: string;
  /** Lifetime points on the chain. */
  points: bigint;
  /** Collateral that arrived in the payout key's token account, in base units. */
  tokensClaimed: bigint;
  /** θ hash after the last step, hex; undefined if the client did not get there. */
  modelHash?: string;
  /** What the node and payout keys have less than they were given, the deposit that `leave` returns included. */
  lamportsSpent: bigint;
  bytesSent: number;
}

/** What a run has come to. Losses in nats per token, sizes in bytes. */
export interface RunResult {
  epochs: number;
  steps: number;
  clients: ClientResult[];
  /** Points that the decided rounds awarded: `steps × points_per_step` less what is carried on. From the chain. */
  pointsAwarded: bigint;
  pointsPerStep: bigint;
  pointsCarried: bigint;
  pointsForfeited: bigint;
  /** Members that lost an epoch's points and their deposits for signing two commitments for one round. */
  convicted: readonly { epoch: number; node: string }[];
  /** What the treasury says it has paid, in base units. */
  tokensPaid: bigint;
  tokenDecimals: number;
  /** Base units a point earns. */
  rate: { num: bigint; den: bigint };
  /** Held-out losses before the first and after the last step. */
  lossFirst: number;
  lossLast: number;
  unigramEntropy: number;
  payloadBytesPerStep: number;
  gradientBytes: number;
  transactions: number;
  seconds: number;
  /** Until the first client had trained its first share. */
  secondsToFirstLoss: number;
  /** θ hash that a quorum of the last epoch's members agreed on, hex. */
  agreedHash?: string;
  sample: string;
  checkpoint: string;
}

/** The sentences of the summary that are not true; empty when the run did all that it promises. */
export function brokenPromises(run: RunResult): string[] {
  const broken: string[] = [];
  const hashes = new Set(run.clients.map((c) => c.modelHash ?? 'none'));
  if (run.clients.length === 0) broken.push('no client took part');
  for (const client of run.clients) if (client.modelHash === undefined) broken.push(`${client.label} did not reach the end of the run, so it has no final model`);
  if (run.agreedHash === undefined) broken.push('no quorum of the members agreed on the final model');
  else if (run.clients.some((c) => c.modelHash !== undefined && c.modelHash !== run.agreedHash)) broken.push(`a client's θ hash is not the one agreed on chain, ${run.agreedHash}`);
  if (hashes.size > 1 && !hashes.has('none')) broken.push('the clients ended with different models: their θ hashes differ');
  const points = run.clients.reduce((sum, c) => sum + c.points, 0n);
  if (points !== run.pointsAwarded) broken.push(`the clients hold ${points} points, but ${run.pointsAwarded} were awarded`);
  const accounted = run.pointsAwarded + run.pointsForfeited + run.pointsCarried;
  const due = BigInt(run.steps) * run.pointsPerStep;
  if (accounted !== due) broken.push(`${run.steps} steps are worth ${due} points, but ${accounted} are accounted for`);
  const claimed = run.clients.reduce((sum, c) => sum + c.tokensClaimed, 0n);
  if (claimed !== run.tokensPaid) broken.push(`the clients received ${claimed} base units, but the treasury paid ${run.tokensPaid}`);
  for (const client of run.clients) {
    const owed = (client.points * run.rate.num) / run.rate.den;
    if (client.tokensClaimed !== owed) broken.push(`${client.label} is owed ${owed} base units for its points, but received ${client.tokensClaimed}`);
    if (client.tokensClaimed === 0n) broken.push(`${client.label} was not paid`);
  }
  if (Number.isFinite(run.unigramEntropy) && !(run.lossLast < run.unigramEntropy)) {
    broken.push(`the held-out loss ended at ${nats(run.lossLast)} nats, not below the text's unigram entropy of ${nats(run.unigramEntropy)}`);
  }
  return broken;
}

/** The one JSON object that `dev --output json` prints last. Tokens in whole tokens, losses in nats, sizes in bytes. */
export function toJson(run: RunResult): Record<string, unknown> {
  return {
    epochs: run.epochs,
    steps: run.steps,
    clients: run.clients.map((c) => ({
      pubkey: c.pubkey,
      points: Number(c.points),
      tokensClaimed: Number(formatAmount(c.tokensClaimed, run.tokenDecimals)),
      modelHash: c.modelHash ?? null,
      lamportsSpent: Number(c.lamportsSpent),
      bytesSent: c.bytesSent,
    })),
    lossFirst: run.lossFirst,
    lossLast: run.lossLast,
    unigramEntropy: run.unigramEntropy,
    payloadBytesPerStep: run.payloadBytesPerStep,
    gradientBytes: run.gradientBytes,
    seconds: run.seconds,
    secondsToFirstLoss: run.secondsToFirstLoss,
    transactions: run.transactions,
    pointsAwarded: Number(run.pointsAwarded),
    convicted: run.convicted,
    checkpoint: run.checkpoint,
  };
}

/** The summary as people read it. */
export function renderSummary(run: RunResult): string[] {
  const rows = [
    ['', 'points', 'tokens', 'lamports', 'sent', 'θ hash'],
    ...run.clients.map((c) => [
      `${c.label} ${short(c.pubkey)}`,
      count(c.points),
      formatAmount(c.tokensClaimed, run.tokenDecimals),
      count(c.lamportsSpent),
      bytes(c.bytesSent),
      short(c.modelHash, 8),
    ]),
    [
      'together',
      count(run.clients.reduce((sum, c) => sum + c.points, 0n)),
      formatAmount(run.clients.reduce((sum, c) => sum + c.tokensClaimed, 0n), run.tokenDecimals),
      count(run.clients.reduce((sum, c) => sum + c.lamportsSpent, 0n)),
      bytes(run.clients.reduce((sum, c) => sum + c.bytesSent, 0)),
      '',
    ],
    ['awarded on chain', count(run.pointsAwarded), formatAmount(run.tokensPaid, run.tokenDecimals), '', '', ''],
  ];
  const ratio = run.gradientBytes / run.payloadBytesPerStep;
  return [
    `${run.epochs} ${run.epochs === 1 ? 'epoch' : 'epochs'}, ${run.steps} steps, ${run.clients.length} ${run.clients.length === 1 ? 'client' : 'clients'}, ${clock(run.seconds)} minutes`,
    '',
    `held-out loss   ${nats(run.lossFirst)} → ${nats(run.lossLast)} nats (the text's unigram entropy: ${nats(run.unigramEntropy)})`,
    `payload         ${bytes(run.payloadBytesPerStep)} a step and client; the full gradient: ${bytes(run.gradientBytes)}${Number.isFinite(ratio) ? `, ${count(ratio)} times as much` : ''}`,
    `transactions    ${count(run.transactions)}`,
    `first loss      after ${run.secondsToFirstLoss.toFixed(1)} s`,
    '',
    table(rows, [1, 2, 3, 4]),
    'lamports are fees, and the deposit and rent of accounts, which come back when they are closed',
    `${count(run.steps)} steps of ${count(run.pointsPerStep)} points: ${count(run.pointsAwarded)} awarded, ${count(run.pointsCarried)} carried${run.pointsForfeited > 0n ? `, ${count(run.pointsForfeited)} forfeited` : ''}`,
    ...run.convicted.map(({ epoch, node }) => `convicted of equivocation in epoch ${epoch + 1}: ${short(node)}`),
    '',
    'the model writes:',
    ...printable(run.sample, 600)
      .split('\n')
      .map((line) => `  | ${line}`),
    '',
    `checkpoint      ${run.checkpoint}`,
  ];
}

import { toHex } from '../protocol/bytes.js';
import { type Context, myself } from './context.js';

/** What the sample at the end starts with. */
const PROMPT = Int32Array.of(10);

/** The sample looks back this far: enough for a glance, and the cost of a token grows with it. */
const SAMPLING = { seed: 0, below: 256, window: 64 };

const decode = (tokens: Int32Array): string => Buffer.from(Uint8Array.from(tokens)).toString('utf8');

/** Held-out loss of the present parameters, in nats per token. @param prepare what to load first */
export async function evaluate(context: Context, sequences: number, signal: AbortSignal, prepare?: () => void): Promise<void> {
  prepare?.();
  if (sequences === 0) return;
  const { data, engine, view, tally, emit } = context;
  const heldOut = data.heldOut(sequences);
  if (heldOut.length === 0) return;
  const heldOutLoss = await engine.evaluate(heldOut, signal);
  tally.heldOutLoss = heldOutLoss;
  emit({ event: 'evaluated', epoch: view.epoch, step: view.step, heldOutLoss });
}

/** What was earned so far: settled in all, and not yet settled in this epoch. */
export function reportPoints(context: Context): void {
  const { tally } = context;
  const epochPoints = myself(context)?.points ?? 0n;
  context.emit({ event: 'points', points: String(tally.settledPoints), epochPoints: String(epochPoints) });
}

export function reportStats(context: Context): void {
  const { bytesUp, bytesDown, peers } = context.p2p.stats();
  const { transactions, fees } = context.chain.chain.spent;
  const { roundsTrained, roundsMissed } = context.tally;
  context.emit({ event: 'stats', bytesUp, bytesDown, peers, transactions, lamportsSpent: String(fees), roundsTrained, roundsMissed });
}

/** Fetches what has been settled to this participant's account. */
export async function refreshSettled(context: Context): Promise<void> {
  const member = await context.chain.fetchMember(context.identity.address);
  context.tally.settledPoints = member?.points ?? 0n;
  reportPoints(context);
}

/** The last word: what came of it all. */
export async function finish(context: Context, options: { evaluationSequences: number; sampleBytes: number }, signal: AbortSignal): Promise<void> {
  const { engine, tally, view, chain, p2p, emit } = context;
  await refreshSettled(context);
  const modelHash = toHex(await engine.parameterHash());
  // Usually the end of the last epoch has evaluated them already.
  if (modelHash !== tally.modelHash) await evaluate(context, options.evaluationSequences, signal);
  const sample = options.sampleBytes > 0 ? decode(await engine.generate(PROMPT, options.sampleBytes, SAMPLING, signal)) : '';
  const { bytesUp, bytesDown } = p2p.stats();
  const { transactions, fees } = chain.chain.spent;
  emit({
    event: 'finished',
    state: view.state,
    epochs: view.epoch,
    step: view.step,
    modelHash,
    heldOutLoss: tally.heldOutLoss,
    points: String(tally.settledPoints),
    transactions,
    lamportsSpent: String(fees),
    bytesUp,
    bytesDown,
    sample,
    checkpoint: tally.checkpoint,
  });
}

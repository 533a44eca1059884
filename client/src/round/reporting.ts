import { toHex } from '../protocol/bytes.js';
import { Evaluator } from '../training/index.js';
import { type Context, myself } from './context.js';

/** What the sample at the end starts with. */
const PROMPT = '\n';

/** A sample looks back this far: enough for a glance, and the cost of a token grows with it. */
const WINDOW = 64;

/** Text that the model writes. */
async function sample({ engine, tokenizer }: Context, tokens: number, signal: AbortSignal): Promise<string> {
  const encoded = tokenizer.encode(PROMPT);
  const start = encoded.length > 0 ? encoded : Int32Array.of(tokenizer.endOfText ?? 0);
  // The model may have room for more tokens than the tokenizer knows.
  const written = await engine.generate(start, tokens, { seed: 0, below: tokenizer.vocabSize, window: WINDOW, stop: tokenizer.endOfText }, signal);
  return tokenizer.decode(written);
}

/** Part of Warmup that an evaluation may take: who is not ready at its end forfeits the deposit. */
const SHARE_OF_WARMUP = 1 / 3;
/** The longest that timers can wait. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Held-out loss of the present parameters, in nats per token, and the operator's tasks: in the time that there is.
 * Whatever comes of it, the member goes on.
 * @param sequences held-out ones; 0: none
 * @param unhurried when nothing is to be missed afterwards
 */
export async function evaluate(context: Context, sequences: number, signal: AbortSignal, unhurried = false): Promise<void> {
  const { warmupSlots, slotMs } = context.view.config;
  const time = unhurried ? LONGEST_MS : Math.min(LONGEST_MS, Math.floor(SHARE_OF_WARMUP * warmupSlots * slotMs));
  const limit = AbortSignal.timeout(time);
  try {
    await measure(context, sequences, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as { code?: unknown; message?: unknown };
    const why = limit.aborted ? `it took a third of Warmup's time, ${Math.round(time / 1000)} s, and this node must not miss that: fewer sequences (--evaluate) or questions take less` : String(message);
    context.emit({ event: 'warning', code: limit.aborted || typeof code !== 'string' ? 'EVALUATION_CUT' : code, message: `the evaluation was given up: ${why}` });
  }
}

async function measure(context: Context, sequences: number, signal: AbortSignal): Promise<void> {
  const { data, engine, view, tally, emit, tasks, tokenizer } = context;
  const heldOut = sequences === 0 ? [] : await data.heldOut(sequences, signal);
  if (heldOut.length + tasks.length === 0) return;
  const { epoch, step } = view;
  const figures = await engine.evaluateTasks(new Evaluator(tokenizer, tasks, heldOut), signal);
  tally.figures = figures;
  const heldOutLoss = heldOut.length === 0 ? undefined : figures[0].value;
  tally.heldOutLoss = heldOutLoss ?? NaN;
  emit({ event: 'evaluated', epoch, step, heldOutLoss, figures: Object.fromEntries(figures.map((f) => [f.name, f.value])) });
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
export async function finish(context: Context, options: { evaluationSequences: number; sampleTokens: number }, signal: AbortSignal): Promise<void> {
  const { engine, tally, view, chain, p2p, emit } = context;
  await refreshSettled(context);
  const modelHash = toHex(await engine.parameterHash());
  // Usually the end of the last epoch has evaluated them already.
  if (modelHash !== tally.modelHash) await evaluate(context, options.evaluationSequences, signal, true);
  const text = options.sampleTokens > 0 ? await sample(context, options.sampleTokens, signal) : '';
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
    sample: text,
    checkpoint: tally.checkpoint,
  });
}

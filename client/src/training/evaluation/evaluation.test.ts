import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, openBackend } from '../backends/index.js';
import { modelLayout, parameterCount } from '../model/layout.js';
import { createModel, type Model } from '../model/model.js';
import { referenceLoss } from '../model/reference.js';
import { numbers, smallManifest } from '../testing.js';
import { encodePair, evaluateTask, Evaluator, Scorer, spreadSequences, type Task } from './index.js';
import { accuracy } from './multiple-choice.js';

const bytes = { encode: (text: string): Int32Array => Int32Array.from(Buffer.from(text)) };
const { model: config } = smallManifest();
const layout = modelLayout(config);
const random = Float32Array.from({ length: parameterCount(layout) }, numbers(3));

let backend: Backend;
let model: Model;
before(async () => {
  backend = await openBackend({ backend: 'wasm' });
  model = createModel(backend, config);
});
after(() => model.dispose());

/** log p(continuation | context) by the slow reference in double precision: two sums of losses, one taken from the other. */
function byReference({ tokens, scored }: { tokens: Int32Array; scored: number }): number {
  const sum = (length: number): number => (length < 2 ? 0 : referenceLoss(config, layout, random, [tokens.subarray(0, length)]) * (length - 1));
  return sum(tokens.length - scored) - sum(tokens.length);
}

test('a pair is encoded as lm-evaluation-harness does it', () => {
  const text = (pair: { tokens: Int32Array; scored: number }): string[] => [
    Buffer.from(pair.tokens.subarray(0, -pair.scored)).toString(),
    Buffer.from(pair.tokens.subarray(-pair.scored)).toString(),
  ];
  assert.deepEqual(text(encodePair(bytes, 'ab  ', 'cd', 16)), ['ab', '  cd']);
  assert.deepEqual(text(encodePair(bytes, 'ab\n', ' cd', 16)), ['ab', '\n cd']);
  assert.deepEqual(text(encodePair(bytes, '', 'cd', 16)), ['\n', 'cd']);
  assert.deepEqual([...encodePair({ ...bytes, endOfText: 300 }, ' ', 'c', 16).tokens], [300, 32, 99]);
  // Cut on the left to what is seen and the last target.
  assert.deepEqual(text(encodePair(bytes, '0123456789', 'abc', 8)), ['456789', 'abc']);
  assert.throws(() => encodePair(bytes, 'x', 'abc', 2), { code: 'CONTINUATION_TOO_LONG' });
  assert.throws(() => encodePair(bytes, 'x', '', 2), { code: 'CONTINUATION_EMPTY' });
  // The whole at once: a tokenizer that joins "b c" must not be asked for the halves.
  const joining = { encode: (t: string): Int32Array => Int32Array.from(t.match(/b c|./gs) ?? [], (piece) => piece.charCodeAt(0) + 1000 * (piece.length - 1)) };
  assert.deepEqual([...encodePair(joining, 'ab', ' cd', 16).tokens], [97, 2098, 100]);
  assert.equal(encodePair(joining, 'ab', ' cd', 16).scored, 1);
});

test('log-likelihoods are those of the reference, whatever goes through the model together', async () => {
  const pairs = [['To be', ' or not'], ['', 'x'], ['a long context, cut on the left', ' end'], ['q', ' a'], ['0123456', '789abcdef']].map(([a, b]) => encodePair(bytes, a, b, 16));
  for (const microBatch of [1, 2, 8]) {
    const scorer = new Scorer(backend, model, random, microBatch);
    const scores = await scorer.logLikelihoods(pairs);
    scorer.dispose();
    scores.forEach((score, i) => assert.ok(Math.abs(score - byReference(pairs[i])) < 1e-4, `${i}: ${score} and ${byReference(pairs[i])}`));
  }
});

test('a model that knows nothing gives each byte 1/256', async () => {
  const scorer = new Scorer(backend, model, new Float32Array(parameterCount(layout)));
  await scorer.logLikelihoods([encodePair(bytes, 'a', 'b', 16)]);
  const before = backend.tf.memory().numTensors;
  const [four] = await scorer.logLikelihoods([encodePair(bytes, 'any', ' abc', 16)]);
  assert.ok(Math.abs(four + 4 * Math.log(256)) < 1e-5);
  assert.ok(Math.abs((await scorer.loss(spreadSequences(bytes.encode('x'.repeat(100)), 16, 4))) - Math.log(256)) < 1e-5);
  assert.equal(backend.tf.memory().numTensors, before, 'nothing is left behind');
  // All choices are equally likely per byte: the shortest is likeliest, and normalized the first.
  const items = [
    { query: 'q', choices: ['long', 'no', 'longest'], gold: 1 },
    { query: 'q', choices: ['long', 'no', 'longest'], gold: 0 },
    { query: 'q', choices: ['ab', 'cd'], gold: 0 },
  ];
  const result = await evaluateTask(scorer, bytes, { name: 't', items, delimiter: '', fewShot: 0 });
  assert.deepEqual([result.acc.value, result.accNorm.value, result.items], [2 / 3, 2 / 3, 3]);
  assert.ok(Math.abs(result.acc.stderr - 1 / 3) < 1e-12);
  scorer.dispose();
});

test('acc, acc_norm and acc_bytes choose as computed by hand', async () => {
  const scorer = new Scorer(backend, model, random);
  const choicesOf = [['yes', 'certainly', 'no'], ['é', 'ee', 'zzzz'], ['a b', 'b', 'äöü']];
  const queries = ['Q: is it?\nA:', 'Write e:', 'c'];
  const shots = { query: 'Q', choices: ['r', 'w'], gold: 0 };
  for (const fewShot of [0, 1]) {
    const context = (query: string): string => (fewShot === 1 ? `Q r\n\n${query}` : query);
    const scoresOf = queries.map((query, i) => choicesOf[i].map((choice) => byReference(encodePair(bytes, context(query), ` ${choice}`, 16))));
    const pick = (i: number, per: (choice: string) => number): number => {
      const scores = scoresOf[i].map((score, c) => score / per(choicesOf[i][c]));
      return scores.indexOf(Math.max(...scores));
    };
    for (const gold of [0, 1, 2]) {
      const items = queries.map((query, i) => ({ query, choices: choicesOf[i], gold }));
      const task: Task = { name: 'hand', items, delimiter: ' ', fewShot, fewShotItems: [shots] };
      const { acc, accNorm, accBytes } = await evaluateTask(scorer, bytes, task);
      const share = (per: (choice: string) => number): number => queries.filter((_, i) => pick(i, per) === gold).length / 3;
      assert.deepEqual([acc.value, accNorm.value, accBytes.value], [share(() => 1), share((c) => [...c].length), share((c) => Buffer.byteLength(c))]);
    }
  }
  scorer.dispose();
});

test('the standard error is that of a mean', () => {
  assert.deepEqual(accuracy([1, 0, 1, 1]), { value: 0.75, stderr: 0.25 });
  assert.ok(Number.isNaN(accuracy([1]).stderr));
});

test('a run is told at most eight figures, with names that fit a vote', async () => {
  const task = (name: string): Task => ({ name, items: [{ query: 'q', choices: ['a', 'b'], gold: 0 }], delimiter: ' ', fewShot: 0 });
  const evaluator = new Evaluator(bytes, ['hellaswag', 'hellaswag', 'arc', 'späße'].map(task), spreadSequences(bytes.encode('to be or not to be, that is'), 16, 1));
  const figures = await evaluator.evaluate(backend, model, random);
  assert.deepEqual(figures.map((f) => f.name), ['held_out_loss', 'hellaswag/acc', 'hellaswag/acc_norm', 'hellaswag/acc', 'hellaswag/acc_norm', 'arc/acc', 'arc/acc_norm']);
  assert.equal(new Set(figures.map((f) => f.tag)).size, figures.length);
  assert.ok(figures.every((f) => Buffer.byteLength(f.tag) <= 8 && Number.isFinite(f.value)));
  await assert.rejects(evaluator.evaluate(backend, model, random, AbortSignal.abort(new Error('enough'))), /enough/);
});

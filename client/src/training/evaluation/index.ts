/**
 * How good a model is: loss and perplexity of a text, and multiple-choice tasks as lm-evaluation-harness scores them.
 *
 * ```ts
 * const scorer = new Scorer(backend, model, parameters);
 * const { acc, accNorm } = await evaluateTask(scorer, tokenizer, await readTask('hellaswag.jsonl', { limit: 200 }));
 * scorer.dispose();
 * ```
 * @packageDocumentation
 */
export { encodePair, type TextEncoder } from './encode.js';
export { EvaluationError } from './errors.js';
export { Evaluator, type Figure, MAX_FIGURES } from './evaluator.js';
export { type LossResult, lossResult, readHeldOut, spreadSequences } from './held-out.js';
export { type Accuracy, evaluateTask, type TaskResult } from './multiple-choice.js';
export { Scorer } from './scorer.js';
export type { Task, TaskItem } from './task.js';
export { readTask } from './task-file.js';

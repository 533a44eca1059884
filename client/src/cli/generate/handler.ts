import { untilInterrupted } from '../common/interrupt.js';
import { type ModelFlags, openModel } from '../common/open-model.js';
import { print } from '../common/output.js';
import { forTerminal, writeText } from '../common/write-text.js';

export interface GenerateFlags extends ModelFlags {
  prompt: string;
}

/** Prints the prompt and what the model writes after it, as it comes. @throws CheckpointError, TrainingError */
export async function generate(checkpoint: string, flags: GenerateFlags): Promise<void> {
  const signal = untilInterrupted();
  const opened = await openModel(checkpoint, flags, signal);
  const json = flags.output === 'json';
  const show = (text: string): void => void (json || process.stdout.write(process.stdout.isTTY ? forTerminal(text) : text));
  show(flags.prompt);
  const started = performance.now();
  const { text, tokens } = await writeText(opened, flags.prompt, flags, signal, show);
  const seconds = (performance.now() - started) / 1000;
  show('\n');
  opened.model.dispose();
  if (json) print('json', '', { prompt: flags.prompt, text, tokens, seconds, seed: flags.seed, temperature: flags.temperature, backend: opened.backend.name });
}

import type { RunManifest } from '../manifest.js';
import { BYTES_END_OF_TEXT } from './bytes.js';

/** The token that ends a document in a run; `undefined`: there is none. */
export function endOfTextOf({ model, tokenizer }: Pick<RunManifest, 'model' | 'tokenizer'>): number | undefined {
  if (tokenizer.kind === 'bytes') return model.vocabSize > BYTES_END_OF_TEXT ? BYTES_END_OF_TEXT : undefined;
  return tokenizer.endOfText;
}

/** The token at which the model's attention stops, for `createModel`; `undefined`: it does not stop. */
export function separatorOf(manifest: Pick<RunManifest, 'model' | 'data' | 'tokenizer'>): number | undefined {
  return manifest.data.kind === 'mixture' && manifest.data.separateDocuments ? endOfTextOf(manifest) : undefined;
}

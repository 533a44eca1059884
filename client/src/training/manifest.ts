import { ManifestError } from './errors.js';
import { checkData, checkInitialization, checkTokenizer, type DataManifest, type InitializationManifest, type TokenizerManifest } from './manifest/data.js';
import { Fields } from './manifest/fields.js';
import { checkModel, type ModelConfig } from './manifest/model.js';
import { checkOptimizer, checkSchedule, type OptimizerConfig, type ScheduleConfig } from './manifest/optimizer.js';

export type { DataManifest, InitializationManifest, MixtureManifest, SourceManifest, TextManifest, TokenizerManifest } from './manifest/data.js';
export type { DeepseekV3Config, Gpt2Config, LlamaConfig, ModelConfig, RopeScaling } from './manifest/model.js';
export type { AdamwConfig, DistroConfig, OptimizerConfig, ScheduleConfig, SparseLocoConfig } from './manifest/optimizer.js';

/** What a run trains, on what, and how: the JSON that `Manifest` holds on chain (at most 4 kB, docs/protocol.md). */
export interface RunManifest {
  version: 1;
  model: ModelConfig;
  initialization: InitializationManifest;
  data: DataManifest;
  tokenizer: TokenizerManifest;
  optimizer: OptimizerConfig;
  schedule: ScheduleConfig;
  /** Witnesses report the parameter hash every this many rounds. */
  hashInterval: number;
}

/** Bytes of JSON that fit the account. */
export const MANIFEST_MAX = 4096;

/**
 * Reads a manifest that anybody may have written: every field is checked, unknown fields are refused.
 * @throws ManifestError naming the field
 */
export function parseManifest(text: string): RunManifest {
  checkLength(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestError('its text', 'is not JSON');
  }
  return checkManifest(value);
}

/** The canonical text: fixed order of fields, no white space, so that equal manifests have equal hashes. */
export function encodeManifest(manifest: RunManifest): string {
  return checkLength(JSON.stringify(checkManifest(manifest)));
}

function checkLength(text: string): string {
  if (Buffer.byteLength(text) > MANIFEST_MAX) throw new ManifestError('its text', `is longer than ${MANIFEST_MAX} bytes`);
  return text;
}

function checkManifest(value: unknown): RunManifest {
  const top = new Fields(value, '', ['version', 'model', 'initialization', 'data', 'tokenizer', 'optimizer', 'schedule', 'hashInterval']);
  const model = checkModel(top);
  const manifest: RunManifest = {
    version: top.choice('version', [1]),
    model,
    initialization: checkInitialization(top),
    data: checkData(top),
    tokenizer: checkTokenizer(top, model.vocabSize),
    optimizer: checkOptimizer(top),
    schedule: checkSchedule(top),
    hashInterval: top.integer('hashInterval', 1, 1 << 20),
  };
  const { data, tokenizer } = manifest;
  const ends = tokenizer.kind === 'bytes' ? model.vocabSize > 256 : tokenizer.endOfText !== undefined;
  if (data.kind === 'mixture' && data.separateDocuments && !ends) {
    throw new ManifestError('data.separateDocuments', 'needs a token that ends a document: tokenizer.endOfText, or with bytes a model.vocabSize above 256');
  }
  return manifest;
}

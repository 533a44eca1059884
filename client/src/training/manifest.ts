import { ManifestError } from './errors.js';
import { parseDecimal, UNIT } from './exact/fixed-point.js';

/** What a run trains, on what, and how: the JSON that `Manifest` holds on chain (at most 4 kB, docs/protocol.md). */
export interface RunManifest {
  version: 1;
  model: { architecture: 'gpt2'; vocabSize: number; contextLength: number; layers: number; heads: number; width: number };
  /** `seed`: 32 bytes in hex. Initial weights and the order of the data follow from it. */
  initialization: { kind: 'seeded'; seed: string };
  /** The operator supplies the file; its SHA-256 and size must match. */
  data: { kind: 'text'; name: string; sha256: string; bytes: number; heldOutPermille: number };
  tokenizer: { kind: 'bytes' };
  optimizer: {
    kind: 'distro';
    /** Decimal strings, because JSON numbers are binary fractions: `"0.99"`. */
    compressionDecay: string;
    compressionTopk: number;
    compressionChunk: number;
    weightDecay: string;
    quantize1Bit: boolean;
    /** Largest norm of a gradient before it enters the momentum; absent: none. */
    gradientClip?: string;
  };
  schedule: { kind: 'constant' | 'linear' | 'cosine'; baseLearningRate: string; warmupSteps: number; totalSteps: number; finalLearningRate: string };
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
  if (Buffer.byteLength(text) > MANIFEST_MAX) throw new ManifestError('its text', `is longer than ${MANIFEST_MAX} bytes`);
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
  const text = JSON.stringify(checkManifest(manifest));
  if (Buffer.byteLength(text) > MANIFEST_MAX) throw new ManifestError('its text', `is longer than ${MANIFEST_MAX} bytes`);
  return text;
}

function checkManifest(value: unknown): RunManifest {
  const top = new Fields(value, '', ['version', 'model', 'initialization', 'data', 'tokenizer', 'optimizer', 'schedule', 'hashInterval']);
  top.choice('version', [1]);
  const model = top.object('model', ['architecture', 'vocabSize', 'contextLength', 'layers', 'heads', 'width']);
  const initialization = top.object('initialization', ['kind', 'seed']);
  const data = top.object('data', ['kind', 'name', 'sha256', 'bytes', 'heldOutPermille']);
  const tokenizer = top.object('tokenizer', ['kind']);
  const optimizer = top.object('optimizer', ['kind', 'compressionDecay', 'compressionTopk', 'compressionChunk', 'weightDecay', 'quantize1Bit', 'gradientClip']);
  const schedule = top.object('schedule', ['kind', 'baseLearningRate', 'warmupSteps', 'totalSteps', 'finalLearningRate']);

  const manifest: RunManifest = {
    version: 1,
    model: {
      architecture: model.choice('architecture', ['gpt2']),
      vocabSize: model.integer('vocabSize', 1, 1 << 20),
      contextLength: model.integer('contextLength', 1, 1 << 17),
      layers: model.integer('layers', 1, 512),
      heads: model.integer('heads', 1, 1024),
      width: model.integer('width', 1, 1 << 16),
    },
    initialization: { kind: initialization.choice('kind', ['seeded']), seed: initialization.hex('seed', 32) },
    data: {
      kind: data.choice('kind', ['text']),
      name: data.text('name', 64),
      sha256: data.hex('sha256', 32),
      bytes: data.integer('bytes', 1, 2 ** 40),
      heldOutPermille: data.integer('heldOutPermille', 0, 500),
    },
    tokenizer: { kind: tokenizer.choice('kind', ['bytes']) },
    optimizer: {
      kind: optimizer.choice('kind', ['distro']),
      compressionDecay: optimizer.decimal('compressionDecay', 0n, UNIT),
      compressionTopk: optimizer.integer('compressionTopk', 1, 65_535),
      compressionChunk: optimizer.integer('compressionChunk', 1, 256),
      weightDecay: optimizer.decimal('weightDecay', 0n, UNIT),
      quantize1Bit: optimizer.boolean('quantize1Bit'),
      ...(optimizer.has('gradientClip') ? { gradientClip: optimizer.decimal('gradientClip', 1n, UNIT << 10n) } : {}),
    },
    schedule: {
      kind: schedule.choice('kind', ['constant', 'linear', 'cosine']),
      baseLearningRate: schedule.decimal('baseLearningRate', 0n, UNIT),
      warmupSteps: schedule.integer('warmupSteps', 0, 2 ** 31),
      totalSteps: schedule.integer('totalSteps', 1, 2 ** 31),
      finalLearningRate: schedule.decimal('finalLearningRate', 0n, UNIT),
    },
    hashInterval: top.integer('hashInterval', 1, 1 << 20),
  };
  if (manifest.model.width % manifest.model.heads !== 0) throw new ManifestError('model.width', 'is not a multiple of model.heads');
  if (manifest.model.vocabSize < 256) throw new ManifestError('model.vocabSize', 'is below the 256 values of a byte');
  return manifest;
}

/** One object of the manifest, read field by field with the path kept for the error message. */
class Fields {
  private readonly value: Record<string, unknown>;

  constructor(value: unknown, private readonly path: string, known: readonly string[]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ManifestError(path.slice(0, -1) || 'its text', 'is not an object');
    this.value = value as Record<string, unknown>;
    for (const key of Object.keys(this.value)) if (!known.includes(key)) throw this.error(key.slice(0, 64), 'is not a known field');
  }

  has(key: string): boolean {
    return this.value[key] !== undefined;
  }

  object(key: string, known: readonly string[]): Fields {
    return new Fields(this.value[key], `${this.path}${key}.`, known);
  }

  integer(key: string, least: number, most: number): number {
    const v = this.value[key];
    if (typeof v !== 'number' || !Number.isSafeInteger(v) || v < least || v > most) throw this.error(key, `is not a whole number from ${least} to ${most}`);
    return v;
  }

  boolean(key: string): boolean {
    const v = this.value[key];
    if (typeof v !== 'boolean') throw this.error(key, 'is not true or false');
    return v;
  }

  text(key: string, most: number): string {
    const v = this.value[key];
    if (typeof v !== 'string' || v.length === 0 || v.length > most || !/^[\x20-\x7e]+$/.test(v)) throw this.error(key, `is not 1 to ${most} printable characters`);
    return v;
  }

  hex(key: string, bytes: number): string {
    const v = this.value[key];
    if (typeof v !== 'string' || v.length !== 2 * bytes || !/^[0-9a-f]+$/.test(v)) throw this.error(key, `is not ${bytes} bytes in lower-case hex`);
    return v;
  }

  decimal(key: string, least: bigint, most: bigint): string {
    const v = this.value[key];
    const parsed = typeof v === 'string' ? parseDecimal(v) : undefined;
    if (parsed === undefined || parsed < least || parsed > most) throw this.error(key, 'is not a decimal in a string within its bounds, such as "0.001"');
    return v as string;
  }

  choice<const T extends string | number>(key: string, choices: readonly T[]): T {
    const v = this.value[key];
    if (!choices.includes(v as T)) throw this.error(key, `is not one of ${choices.join(', ')}`);
    return v as T;
  }

  private error(key: string, problem: string): ManifestError {
    return new ManifestError(this.path + key, problem);
  }
}

import type { Fields } from './fields.js';

/** One text file: its bytes, or what the run's tokenizer makes of it. */
export interface TextManifest {
  kind: 'text';
  name: string;
  sha256: string;
  bytes: number;
  /** Thousandths at the end that are never trained on. */
  heldOutPermille: number;
}

/** A prepared data set (docs/data.md) as one part of a mixture. */
export interface SourceManifest {
  name: string;
  /** Share of the sequences, beside the other sources' weights. */
  weight: number;
  /** sha256 of the set's index.json, which names every shard and its hashes. */
  index: string;
  tokens: number;
  bytes: number;
  /** `https://…` or `hf://datasets/owner/name@revision/path`; absent: the operator supplies it. */
  location?: string;
}

export interface MixtureManifest {
  kind: 'mixture';
  heldOutPermille: number;
  /** Whether attention stops at the end of a document. */
  separateDocuments: boolean;
  sources: SourceManifest[];
}

export type DataManifest = TextManifest | MixtureManifest;

export type TokenizerManifest =
  | { kind: 'bytes' }
  | { kind: 'tokenizer.json'; sha256: string; bytes: number; /** Token that ends a document. */ endOfText?: number; location?: string };

export type InitializationManifest =
  /** `seed`: 32 bytes in hex. Initial weights and the order of the data follow from it. */
  | { kind: 'seeded'; seed: string }
  /** Weights from a Hugging Face folder whose parameters have the Merkle root `root`; the order of the data follows from `seed`. */
  | { kind: 'checkpoint'; seed: string; location: string; root: string };

const MAX_BYTES = 2 ** 52;

/** @throws ManifestError naming the field */
export function checkData(top: Fields): DataManifest {
  const kind = top.object('data').choice('kind', ['text', 'mixture']);
  if (kind === 'text') {
    const d = top.object('data', ['kind', 'name', 'sha256', 'bytes', 'heldOutPermille']);
    return { kind, name: d.text('name', 64), sha256: d.hex('sha256', 32), bytes: d.integer('bytes', 1, MAX_BYTES), heldOutPermille: heldOut(d) };
  }
  const d = top.object('data', ['kind', 'heldOutPermille', 'separateDocuments', 'sources']);
  const sources = d.list('sources', 32, ['name', 'weight', 'index', 'tokens', 'bytes', 'location']).map((s) => ({
    name: s.text('name', 64),
    weight: s.integer('weight', 1, 1 << 20),
    index: s.hex('index', 32),
    tokens: s.integer('tokens', 1, MAX_BYTES),
    bytes: s.integer('bytes', 1, MAX_BYTES),
    ...(s.has('location') ? { location: location(s) } : {}),
  }));
  const names = new Set(sources.map((s) => s.name));
  if (names.size < sources.length) throw d.error('sources', 'has two sources of one name');
  return { kind, heldOutPermille: heldOut(d), separateDocuments: d.boolean('separateDocuments'), sources };
}

/** @throws ManifestError naming the field */
export function checkTokenizer(top: Fields, vocabSize: number): TokenizerManifest {
  const kind = top.object('tokenizer').choice('kind', ['bytes', 'tokenizer.json']);
  if (kind === 'bytes') {
    top.object('tokenizer', ['kind']);
    if (vocabSize < 256) throw top.error('model.vocabSize', 'is below the 256 values of a byte');
    return { kind };
  }
  const t = top.object('tokenizer', ['kind', 'sha256', 'bytes', 'endOfText', 'location']);
  return {
    kind,
    sha256: t.hex('sha256', 32),
    bytes: t.integer('bytes', 1, 1 << 26),
    ...(t.has('endOfText') ? { endOfText: t.integer('endOfText', 0, vocabSize - 1) } : {}),
    ...(t.has('location') ? { location: location(t) } : {}),
  };
}

/** @throws ManifestError naming the field */
export function checkInitialization(top: Fields): InitializationManifest {
  const kind = top.object('initialization').choice('kind', ['seeded', 'checkpoint']);
  if (kind === 'seeded') return { kind, seed: top.object('initialization', ['kind', 'seed']).hex('seed', 32) };
  const i = top.object('initialization', ['kind', 'seed', 'location', 'root']);
  return { kind, seed: i.hex('seed', 32), location: location(i), root: i.hex('root', 32) };
}

function heldOut(d: Fields): number {
  return d.integer('heldOutPermille', 0, 500);
}

/** The form only: where it leads is judged when it is opened (docs/security.md). */
function location(f: Fields): string {
  const text = f.text('location', 256);
  if (!/^(https|hf):\/\/[^\s/]/.test(text)) throw f.error('location', 'is neither https:// nor hf://');
  return text;
}

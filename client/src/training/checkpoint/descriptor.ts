import { createHash } from 'node:crypto';
import { CheckpointError } from '../errors.js';

/** The file that makes a folder a checkpoint. It is written last: without it, the folder is not whole. */
export const DESCRIPTOR_NAME = 'psyche-checkpoint.json';

/** A descriptor is never longer, in bytes. */
export const DESCRIPTOR_MAX = 2 ** 20;

const MAX_FILES = 4096;
const MAX_FILE_BYTES = 2 ** 44;

/** One file of a checkpoint. */
export interface CheckpointFile {
  /** Without folders. */
  name: string;
  bytes: number;
  /** In hex. */
  sha256: string;
}

/** What a checkpoint is and of which files it consists. Hashes are in hex. */
export interface CheckpointDescriptor {
  version: 1;
  /** Merkle root of the parameters' canonical serialization: what the members of a run agree on (docs/protocol.md 4). */
  root: string;
  /** Optimizer steps that led to it; absent for a model of unknown making. */
  step?: number;
  epoch?: number;
  /** Address of the run's account. */
  run?: string;
  /** sha256 of the run's manifest. */
  manifest?: string;
  /** Which file holds what all members' optimizers share, where there is such. */
  optimizerState?: string;
  /** By name, in ascending order. */
  files: CheckpointFile[];
}

/** What a descriptor says beside its files. */
export type CheckpointOrigin = Omit<CheckpointDescriptor, 'version' | 'files'>;

/** The canonical text: equal checkpoints have equal descriptors. */
export function encodeDescriptor(descriptor: CheckpointDescriptor): string {
  const { version, run, epoch, step, root, manifest, optimizerState } = descriptor;
  const files = [...descriptor.files].sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 }));
  return `${JSON.stringify({ version, run, epoch, step, root, manifest, optimizerState, files }, null, 2)}\n`;
}

/**
 * Reads a descriptor that anybody may have written: names stay inside the folder, sizes add up to something bounded.
 * @throws CheckpointError `CHECKPOINT_DAMAGED`
 */
export function parseDescriptor(text: string): CheckpointDescriptor {
  if (Buffer.byteLength(text) > DESCRIPTOR_MAX) throw damaged('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is cut off or not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('it is not an object');
  const fields = value as Record<string, unknown>;
  if (fields.version !== 1) throw damaged(`its version${typeof fields.version === 'number' ? ` ${fields.version}` : ''} is not known to this client`);
  const { root, step, epoch, run, manifest, optimizerState, files } = fields;
  if (!isHash(root)) throw damaged('root is no hash');
  if (step !== undefined && !isCount(step, 2 ** 32)) throw damaged('step is no number of steps');
  if (epoch !== undefined && !isCount(epoch, 2 ** 32)) throw damaged('epoch is no number');
  if (run !== undefined && !(typeof run === 'string' && /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(run))) throw damaged('run is no address');
  if (manifest !== undefined && !isHash(manifest)) throw damaged('manifest is no hash');
  const checked = checkFiles(files);
  if (optimizerState !== undefined && !checked.some((f) => f.name === optimizerState)) throw damaged('optimizerState names no file of it');
  return {
    version: 1,
    root,
    ...(step === undefined ? {} : { step }),
    ...(epoch === undefined ? {} : { epoch }),
    ...(run === undefined ? {} : { run }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(optimizerState === undefined ? {} : { optimizerState: optimizerState as string }),
    files: checked,
  };
}

/** Whether a file of this name can be part of a checkpoint: no folders, nothing hidden, nothing half written. */
export function isFileName(name: string): boolean {
  return /^[A-Za-z0-9][\w.-]{0,127}$/.test(name) && name !== DESCRIPTOR_NAME && !/^lock(\.|$)|\.(tmp|part|partial)$/.test(name);
}

/** Bytes of all files together. */
export function totalBytes(descriptor: Pick<CheckpointDescriptor, 'files'>): number {
  return descriptor.files.reduce((sum, file) => sum + file.bytes, 0);
}

/** sha256 of the canonical text, in hex: names this checkpoint and no other. */
export function descriptorHash(descriptor: CheckpointDescriptor): string {
  return createHash('sha256').update(encodeDescriptor(descriptor)).digest('hex');
}

function checkFiles(files: unknown): CheckpointFile[] {
  if (!Array.isArray(files) || files.length === 0 || files.length > MAX_FILES) throw damaged('files is no list of files');
  const names = new Set<string>();
  return files.map((entry: unknown) => {
    const { name, bytes, sha256 } = (entry ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string' || !isFileName(name)) throw damaged('a file has a name that is not allowed');
    // Some file systems take upper and lower case for the same.
    if (names.has(name.toLowerCase())) throw damaged(`${name} is listed twice`);
    names.add(name.toLowerCase());
    if (!isCount(bytes, MAX_FILE_BYTES)) throw damaged(`${name} has no proper size`);
    if (!isHash(sha256)) throw damaged(`${name} has no hash`);
    return { name, bytes, sha256 };
  });
}

const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown, limit: number): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < limit;

const damaged = (why: string): CheckpointError => new CheckpointError('CHECKPOINT_DAMAGED', `${DESCRIPTOR_NAME} cannot be used: ${why}. Fetch the checkpoint again, or from somewhere else.`);

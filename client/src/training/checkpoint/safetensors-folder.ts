import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import { damaged, decodeHeader, headerLength, type NamedTensor } from './safetensors.js';

export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

const MAX_SHARDS = 4096;
const MAX_INDEX = 64 * 2 ** 20;

/** Tensors of all files together, of which a name and a place each is held; the largest models published have under 100,000. */
const MAX_TENSORS = 1 << 18;

/** A tensor and the file that holds it. */
export interface PlacedTensor extends NamedTensor {
  file: FileHandle;
  /** Where its data begin in that file. */
  at: number;
}

/** The tensors of a folder's model.safetensors, or of the shards that its index names; to be closed. */
export class SafetensorsFolder {
  private readonly files: FileHandle[] = [];
  readonly tensors = new Map<string, PlacedTensor>();

  private constructor(readonly folder: string) {}

  /** @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED` */
  static async open(folder: string): Promise<SafetensorsFolder> {
    const opened = new SafetensorsFolder(folder);
    try {
      if (await exists(join(folder, WEIGHTS))) await opened.add(WEIGHTS);
      else if (await exists(join(folder, INDEX))) await opened.addShards();
      else throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${join(folder, WEIGHTS)}, and no ${INDEX}. Name a folder that holds a checkpoint.`);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const file of this.files.splice(0)) await file.close();
  }

  private async add(name: string): Promise<void> {
    const path = join(this.folder, name);
    const file = await open(path, 'r').catch((cause: unknown) => {
      throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${path}. Fetch the checkpoint again.`, { cause });
    });
    this.files.push(file);
    const { size } = await file.stat();
    const start = Buffer.alloc(8);
    const { bytesRead } = await file.read(start, 0, 8, 0);
    const dataAt = headerLength(start.subarray(0, bytesRead), size);
    const head = Buffer.alloc(dataAt);
    await readFully(file, head, 0);
    for (const tensor of decodeHeader(head, size).tensors) {
      if (this.tensors.has(tensor.name)) throw damaged(`${tensor.name.slice(0, 128)} is in two of its parts`);
      if (this.tensors.size === MAX_TENSORS) throw damaged(`it has more than ${MAX_TENSORS} tensors`);
      this.tensors.set(tensor.name, { ...tensor, file, at: dataAt + tensor.offset });
    }
  }

  private async addShards(): Promise<void> {
    const places = await this.readIndex();
    const shards = [...new Set(Object.values(places))].sort();
    if (shards.length > MAX_SHARDS) throw damaged(`its index names more than ${MAX_SHARDS} files`);
    for (const shard of shards) await this.add(shard);
    for (const name of Object.keys(places)) {
      if (!this.tensors.has(name)) throw damaged(`its index names ${name.slice(0, 128)}, which no file holds`);
    }
  }

  /** File names by tensor. An index may not lead out of its folder. */
  private async readIndex(): Promise<Record<string, string>> {
    const path = join(this.folder, INDEX);
    if ((await stat(path)).size > MAX_INDEX) throw damaged('its index is too long');
    let value: unknown;
    try {
      value = (JSON.parse(await readFile(path, 'utf8')) as { weight_map?: unknown } | null)?.weight_map;
    } catch {
      throw damaged('its index is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('its index has no weight_map');
    for (const file of Object.values(value)) {
      if (typeof file !== 'string' || !/^[\w-][\w.-]{0,200}\.safetensors$/.test(file)) throw damaged('its index names a file that is none');
    }
    return value as Record<string, string>;
  }
}

/** Fills `target` from `at` on. @throws CheckpointError `CHECKPOINT_DAMAGED` if the file ends before */
export async function readFully(file: FileHandle, target: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, Math.min(target.length - done, 1 << 26), at + done);
    if (bytesRead === 0) throw damaged('it is cut off');
    done += bytesRead;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then((s) => s.isFile(), () => false);
}

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, DESCRIPTOR_NAME } from './descriptor.js';
import { describeFile, readDescriptor } from './files.js';
import { checkpointRoot } from './model-folder.js';
import type { TransferOptions } from './store.js';

/**
 * Hashes all of a checkpoint again: each file, and the parameters in the order that the members of a run agree on.
 * @returns the descriptor, now known to be true
 * @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED`
 */
export async function verifyCheckpoint(folder: string, options: TransferOptions): Promise<CheckpointDescriptor> {
  const descriptor = await readDescriptor(folder);
  if (descriptor === undefined) {
    throw new CheckpointError('CHECKPOINT_NOT_FOUND', `${folder} holds no ${DESCRIPTOR_NAME}: it is no checkpoint, or not a whole one. Pull it again.`);
  }
  const total = descriptor.files.reduce((sum, f) => sum + f.bytes, 0);
  let done = 0;
  for (const wanted of descriptor.files) {
    const size = await stat(join(folder, wanted.name)).then((s) => s.size, () => undefined);
    if (size === undefined) throw damaged(folder, `${wanted.name} is missing`);
    if (size !== wanted.bytes) throw damaged(folder, `${wanted.name} has ${size} bytes, not ${wanted.bytes}`);
    const found = await describeFile(folder, wanted.name, options.signal);
    if (found.sha256 !== wanted.sha256) throw damaged(folder, `${wanted.name} does not have its hash`);
    done += wanted.bytes;
    options.onProgress?.({ name: wanted.name, done, total, skipped: 0 });
  }
  await checkRoot(folder, descriptor);
  return descriptor;
}

/** Whether the parameters in a folder have the root that its descriptor names. @throws CheckpointError `CHECKPOINT_DAMAGED` */
export async function checkRoot(folder: string, descriptor: CheckpointDescriptor): Promise<void> {
  const root = await checkpointRoot(folder, descriptor.optimizerState);
  if (root !== descriptor.root) throw damaged(folder, `its parameters have the root ${root}, not ${descriptor.root}`);
}

function damaged(folder: string, how: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_DAMAGED', `The checkpoint in ${folder} is not what it says: ${how}. Fetch it again, or from somewhere else.`);
}

import { PsycheError } from '../../errors.js';
import {
  type CheckpointDescriptor, checkRoot, type CheckpointSource, GuardedSource, openStore, originOf, publishCheckpoint, pullCheckpoint, readDescriptor, sealCheckpoint, totalBytes,
  type TransferProgress, verifyCheckpoint,
} from '../../training/checkpoint/index.js';
import { bytes } from '../../observe/format.js';
import type { ChainFlags } from '../common/chain-options.js';
import { untilInterrupted } from '../common/interrupt.js';
import { facts, print } from '../common/output.js';
import { TransferMeter } from '../common/transfer-meter.js';
import { type Agreed, agreedBy, isAgreed } from './agreed.js';

export interface CheckpointFlags extends ChainFlags {
  run?: string;
  allowHttp: boolean;
}

export interface PushFlags extends CheckpointFlags {
  step?: number;
  public: boolean;
}

export interface PullFlags extends CheckpointFlags {
  root?: string;
  maxBytes?: number;
}

/** A location that the chain gives is some member's word: more than this is not fetched unasked. */
const MAX_UNASKED = 64 * 1024 ** 3;

/** Publishes a folder. One that has a descriptor is checked against it first. @throws CheckpointError */
export async function push(folder: string, location: string, flags: PushFlags): Promise<void> {
  const signal = untilInterrupted();
  const store = openStore(location, flags);
  let descriptor: CheckpointDescriptor;
  if ((await readDescriptor(folder)) !== undefined) {
    descriptor = await shown((onProgress) => verifyCheckpoint(folder, { signal, onProgress }));
  } else {
    const origin = await originOf(folder, signal);
    descriptor = await sealCheckpoint(folder, { ...origin, ...(flags.step === undefined ? {} : { step: flags.step }) }, signal);
  }
  const published = await shown((onProgress) => publishCheckpoint(store, folder, { signal, onProgress }));
  print(flags.output, `${published}\n${describe(descriptor)}`, { location: published, ...descriptor });
}

/** @param places where from (unless the run says it) and the folder to put it. @throws CheckpointError; PsycheError `NO_LOCATION`; ChainError */
export async function pull(places: string[], flags: PullFlags): Promise<void> {
  const signal = untilInterrupted();
  const folder = places[places.length - 1];
  if (places.length > 2) throw new PsycheError('NO_LOCATION', 'Say one location and one folder.');
  const agreed = flags.run === undefined ? undefined : await agreedBy(flags.run, flags);
  const { source, maxBytes } = sourceOf(places.length === 2 ? places[0] : undefined, agreed, flags);
  const root = flags.root ?? (places.length === 1 ? agreed!.posted!.root : undefined);
  const check = async (partial: string, descriptor: CheckpointDescriptor): Promise<void> => {
    if (agreed !== undefined) isAgreed(descriptor, agreed);
    await checkRoot(partial, descriptor);
  };
  const descriptor = await shown((onProgress) => pullCheckpoint(source, folder, { signal, onProgress, maxBytes, root, check }));
  print(flags.output, `${folder}\n${describe(descriptor)}`, { folder, ...descriptor });
}

/** @throws CheckpointError `CHECKPOINT_NOT_FOUND`, `CHECKPOINT_DAMAGED`, `CHECKPOINT_MISMATCH`; ChainError */
export async function verify(folder: string, flags: CheckpointFlags): Promise<void> {
  const signal = untilInterrupted();
  const descriptor = await shown((onProgress) => verifyCheckpoint(folder, { signal, onProgress }));
  const agreed = flags.run === undefined ? undefined : await agreedBy(flags.run, flags);
  if (agreed !== undefined) isAgreed(descriptor, agreed);
  const verdict = agreed === undefined ? 'all files and the parameters have their hashes' : `all files have their hashes, and the parameters are what ${flags.run} has agreed on`;
  print(flags.output, `${folder}: ${verdict}\n${describe(descriptor)}`, { folder, verified: true, agreed: agreed !== undefined, ...descriptor });
}

/** The operator's own location is trusted; one that the chain gives is not. */
function sourceOf(location: string | undefined, agreed: Agreed | undefined, flags: PullFlags): { source: CheckpointSource; maxBytes?: number } {
  if (location !== undefined) return { source: openStore(location, flags), maxBytes: flags.maxBytes };
  if (agreed?.posted === undefined) {
    throw new PsycheError('NO_LOCATION', agreed === undefined ? 'Say where the checkpoint is, or the run with --run.' : `No checkpoint of ${flags.run} is posted. Say where one is.`);
  }
  const { location: posted } = agreed.posted;
  if (!/^(https|hf):\/\//.test(posted)) {
    throw new PsycheError('NO_LOCATION', `${flags.run} has its checkpoint with its members (${JSON.stringify(posted)}): join the run to get it, or say where a copy is.`);
  }
  const maxBytes = flags.maxBytes ?? MAX_UNASKED;
  return { source: new GuardedSource(posted, maxBytes), maxBytes };
}

async function shown<T>(work: (onProgress: (progress: TransferProgress) => void) => Promise<T>): Promise<T> {
  const meter = new TransferMeter(process.stderr);
  try {
    return await work(meter.onProgress);
  } finally {
    meter.end();
  }
}

function describe(descriptor: CheckpointDescriptor): string {
  const { root, run, epoch, step, files } = descriptor;
  return facts([
    ['root', root],
    ...(run === undefined ? [] : [['run', run] as const]),
    ...(epoch === undefined ? [] : [['epoch', String(epoch)] as const]),
    ...(step === undefined ? [] : [['step', String(step)] as const]),
    ['files', `${files.length}, ${bytes(totalBytes(descriptor))}`],
  ]);
}

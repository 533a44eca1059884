import { PsycheError } from '../errors.js';
import { within } from '../p2p/deadline.js';
import { removeDownloads } from '../p2p/index.js';
import { bytesEqual, isZero, toHex } from '../protocol/bytes.js';
import { type Context, myself } from './context.js';
import type { Follower } from './following.js';
import { decodeKey } from './keys.js';
import { downloadsOf, obtainModel } from './obtaining.js';

/** How long members get to connect before the participant says it is ready without some of them, milliseconds. */
const CONNECT_MS = 3_000;

/** What an epoch starts from. */
interface Start {
  /** Merkle root of the parameters. */
  root: Uint8Array;
  parameters: Uint8Array;
  /** Whether the disk has them under that root. */
  stored: boolean;
}

/**
 * Warmup: has the parameters that the epoch starts from, is connected to the others, and says so on the chain
 * (protocol 2). Parameters come from memory, the disk, the seed, other members, or a posted checkpoint, and are always
 * checked against the hash that a quorum of all who were warm voted for.
 */
export async function warmUp(context: Context, follower: Follower, signal: AbortSignal): Promise<void> {
  const { view, engine, store, p2p } = context;
  const { epoch } = view;
  const { root, parameters, stored } = await loadStart(context, follower, signal);
  follower.begin(epoch, root, parameters);
  p2p.provideModel(root, () => parameters, (state) => engine.leafHashes(state));
  for (const hash of context.books.prune(epoch)) p2p.forget(hash);
  store.pruneCommitments(epoch);
  const members = view.members.map((m) => decodeKey(m.key));
  await within(CONNECT_MS, signal, 'connecting', (limit) => p2p.waitForPeers(members, limit)).catch(() => signal.throwIfAborted());
  if (myself(context)?.state === 'Joined') await context.chain.warmupWitness({ epoch }, { signal });
  // The others wait for the answer, and nobody for the disk. Until then the download is what a restart finds.
  if (!stored) await store.saveParameters(toHex(root), parameters, []);
  await removeDownloads(downloadsOf(context));
}

/** Loads the epoch's starting parameters into the engine. */
async function loadStart(context: Context, follower: Follower, signal: AbortSignal): Promise<Start> {
  const { view, engine } = context;
  const agreed = view.epochHash;
  if (isZero(agreed)) {
    // Nobody has agreed on anything yet: everyone starts from the manifest's seed.
    await engine.initialParameters(signal);
    return { root: await engine.parameterHash(), parameters: engine.serialize(), stored: false };
  }
  if (bytesEqual(await engine.parameterHash(), agreed)) return { root: agreed, parameters: engine.serialize(), stored: true };
  // An epoch that agreed on nothing starts again from where the last one did.
  for (const find of [() => follower.startParameters(agreed), () => readStored(context, toHex(agreed))]) {
    const parameters = await find();
    if (parameters?.length === engine.stateBytes && (await takes(context, parameters, agreed))) return { root: agreed, parameters, stored: true };
  }
  const parameters = await obtainModel(context, agreed, signal);
  if (await takes(context, parameters, agreed)) return { root: agreed, parameters, stored: false };
  // Each part was checked when it came, so this machine has changed them since.
  await removeDownloads(downloadsOf(context));
  throw new PsycheError('MODEL_DAMAGED', 'the fetched parameters were damaged on this machine: it fetches them anew; check its memory and its disk if this comes again');
}

/**
 * Whether parameters, loaded, are what was agreed on. A member's own optimizer memory stays: what it has not yet sent of
 * its gradients is worth as much at the new parameters, faded by the steps it missed.
 */
async function takes({ engine }: Context, parameters: Uint8Array, agreed: Uint8Array): Promise<boolean> {
  engine.load(parameters);
  return bytesEqual(await engine.parameterHash(), agreed);
}

async function readStored(context: Context, hex: string): Promise<Uint8Array | undefined> {
  try {
    return await context.store.readParameters(hex);
  } catch (error) {
    context.emit({ event: 'warning', code: 'STATE_FILE_DAMAGED', message: `${(error as Error).message}; asking the other members instead` });
    return undefined;
  }
}

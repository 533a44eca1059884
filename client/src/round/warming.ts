import { within } from '../p2p/deadline.js';
import { isZero, toHex } from '../protocol/bytes.js';
import { fetchPosted } from './checkpointing.js';
import { type Context, myself } from './context.js';
import type { Follower } from './following.js';
import { decodeKey } from './keys.js';

/** How long members get to connect before the participant says it is ready without some of them, milliseconds. */
const CONNECT_MS = 3_000;

/**
 * Warmup: has the parameters that the epoch starts from, is connected to the others, and says so on the chain
 * (protocol 2). Parameters come from memory, the disk, the seed, or other members, and are always checked against the
 * hash that a quorum of all who were warm voted for.
 */
export async function warmUp(context: Context, follower: Follower, signal: AbortSignal): Promise<void> {
  const { view, engine, store, p2p } = context;
  const { epoch } = view;
  const root = await loadStart(context, follower, signal);
  const parameters = engine.serialize();
  follower.begin(epoch, root, parameters);
  p2p.provideModel(root, () => parameters);
  for (const hash of context.books.prune(epoch)) p2p.forget(hash);
  store.pruneCommitments(epoch);
  const members = view.members.map((m) => decodeKey(m.key));
  await within(CONNECT_MS, signal, 'connecting', (limit) => p2p.waitForPeers(members, limit)).catch(() => signal.throwIfAborted());
  if (myself(context)?.state === 'Joined') await context.chain.warmupWitness({ epoch }, { signal });
}

/** Loads the epoch's starting parameters into the engine. @returns their Merkle root. */
async function loadStart(context: Context, follower: Follower, signal: AbortSignal): Promise<Uint8Array> {
  const { view, engine, store, p2p } = context;
  const agreed = view.epochHash;
  if (isZero(agreed)) {
    // Nobody has agreed on anything yet: everyone starts from the manifest's seed.
    await engine.initialParameters(signal);
    return await engine.parameterHash();
  }
  const hex = toHex(agreed);
  if (toHex(await engine.parameterHash()) === hex) return agreed;
  // An epoch that agreed on nothing starts again from where the last one did.
  const stored = follower.startParameters(agreed) ?? readStored(context, hex);
  if (stored?.length === engine.stateBytes) {
    engine.load(stored);
    if (toHex(await engine.parameterHash()) === hex) return agreed;
  }
  context.emit({ event: 'info', message: `fetching the model (${(engine.stateBytes / 1e6).toFixed(1)} MB) from the other members` });
  const sources = [...view.members, ...view.pending].map((m) => m.key).filter((key) => key !== context.identity.address);
  const fetched = await p2p.fetchModel(agreed, engine.stateBytes, sources.map(decodeKey), signal).catch(async (error: unknown) => {
    signal.throwIfAborted();
    const posted = await fetchPosted(context, hex, signal);
    if (posted === undefined) throw error;
    return posted;
  });
  engine.load(fetched);
  // A residual belongs to parameters this client no longer has.
  engine.resetOptimizer();
  await store.saveParameters(hex, fetched, []);
  return agreed;
}

function readStored(context: Context, hex: string): Uint8Array | undefined {
  try {
    return context.store.loadParameters(hex);
  } catch (error) {
    context.emit({ event: 'warning', code: 'STATE_FILE_DAMAGED', message: `${(error as Error).message}; asking the other members instead` });
    return undefined;
  }
}

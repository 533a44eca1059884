import { Keypair } from '@solana/web3.js';
import bs58 from 'bs58';
import { type Chain, CoordinatorClient } from '../../client/src/chain/index.js';
import { P2pNode } from '../../client/src/p2p/index.js';
import { sha256 } from '../../client/src/protocol/bytes.js';
import { Books, type Context, myself, type RoundEngine } from '../../client/src/round/context.js';
import { Evidence } from '../../client/src/round/evidence.js';
import { Participant } from '../../client/src/round/participant.js';
import { SlotClock } from '../../client/src/round/slot-clock.js';
import { StateDir } from '../../client/src/store/state-dir.js';
import { parseManifest, type RunManifest, type TrainingData } from '../../client/src/training/index.js';
import { BytesTokenizer } from '../../client/src/training/tokenizer/index.js';
import { type ClientLog, Recorder, type Usage } from './client-log.js';

/** One client's keys and places. */
export interface ClientOrder {
  secretKey: Uint8Array;
  state: string;
  /** Multiaddrs, as `join` takes them. */
  listen: string[];
  announce?: string[];
}

export interface ClientParts {
  chain: Chain;
  run: string;
  engine(manifest: RunManifest): Promise<RoundEngine>;
  usage(p2p: P2pNode): Usage;
  onJoined(): void;
}

/**
 * A client as `join` starts one, but for the engine that it is given and for the text, which nobody reads: its key, its
 * state folder, its place among the peers, its votes and its transactions are real. Ends with the run.
 */
export async function runRecordedClient(order: ClientOrder, parts: ClientParts, signal: AbortSignal): Promise<ClientLog> {
  const { chain } = parts;
  const keypair = Keypair.fromSecretKey(order.secretKey);
  const address = keypair.publicKey.toBase58();
  const closing: (() => unknown)[] = [];
  try {
    const coordinator = await CoordinatorClient.open(chain, parts.run, keypair);
    const view = await coordinator.fetchRun();
    const text = await coordinator.fetchManifest();
    const manifest = parseManifest(text);
    const store = StateDir.open(order.state, view.address, address);
    closing.push(() => store.close());
    const engine = await parts.engine(manifest);
    closing.push(() => engine.dispose());
    const p2p = await P2pNode.create({ secretKey: order.secretKey, run: bs58.encode(view.origin), listen: order.listen, announce: order.announce, signal });
    closing.push(() => p2p.stop());
    const clock = new SlotClock(view.config.slotMs);
    clock.observe(await chain.slot());
    const index = (): number | undefined => myself(context)?.index;
    const recorder = new Recorder(address, () => parts.usage(p2p), index);
    let place: number | undefined;
    observe(p2p, recorder);
    const context: Context = {
      identity: { secretKey: keypair.secretKey, publicKey: keypair.publicKey.toBytes(), address },
      program: chain.programs.coordinator.toBytes(),
      runKey: view.origin,
      chain: coordinator,
      p2p,
      engine,
      data: blankData(view.config.sequenceLength),
      tokenizer: new BytesTokenizer(),
      tasks: [],
      manifest,
      manifestHash: sha256(text),
      store,
      clock,
      emit: (event) => {
        // The epoch's places are gone when the run is over.
        place ??= index();
        recorder.emit(event);
      },
      books: new Books(),
      evidence: new Evidence(store),
      model: { epoch: undefined, appliedThrough: -1, trainedThrough: -1, startRoot: new Uint8Array(32), inSync: false },
      tally: {
        lastLoss: NaN, lastTokensPerSecond: 0, roundsTrained: 0, roundsMissed: 0, heldOutLoss: NaN, figures: [], settledPoints: 0n, checkpoint: '', modelHash: '', epochEnd: undefined,
      },
      view,
      wake: () => {},
    };
    parts.onJoined();
    const terms = { payout: keypair.publicKey, capacity: 1, listed: false, onList: false, leftList: 0 };
    await new Participant(context, { ...terms, exitOnPause: true, sampleTokens: 0, evaluationSequences: 0 }, signal).run();
    signal.throwIfAborted();
    return recorder.log(place ?? -1);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Hears what reaches a node: whatever it holds, its own or others', it offers to others from then on. */
function observe(p2p: P2pNode, recorder: Recorder): void {
  const provide = p2p.provide.bind(p2p);
  p2p.provide = (hash, payload) => {
    recorder.provided(payload);
    provide(hash, payload);
  };
  p2p.on('announcement', (announcement) => recorder.announced(announcement));
}

/** Sequences that nobody looks at. */
function blankData(sequenceLength: number): TrainingData {
  const blank = new Int32Array(sequenceLength + 1);
  return {
    sequenceCount: 2 ** 32,
    sequences: async (_, count) => Array.from({ length: count }, () => blank),
    heldOut: async () => [],
    unigramEntropy: () => undefined,
    close: async () => {},
  };
}

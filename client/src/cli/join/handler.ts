import bs58 from 'bs58';
import { Chain, CoordinatorClient, joinPermission, loadConfig } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { P2pNode } from '../../p2p/index.js';
import { bytesEqual, sha256 } from '../../protocol/bytes.js';
import type { RunView } from '../../protocol/run-view.js';
import type { CheckpointKeeping } from '../../round/checkpointing.js';
import { Books, type Context } from '../../round/context.js';
import { Evidence } from '../../round/evidence.js';
import { Participant } from '../../round/participant.js';
import { restoreResidual, saveResidual } from '../../round/residual.js';
import { SlotClock } from '../../round/slot-clock.js';
import { defaultStateRoot, StateDir } from '../../store/state-dir.js';
import { checkStoreLocation, fetchInitial, openStore, parseLocation } from '../../training/checkpoint/index.js';
import { MAX_FIGURES } from '../../training/evaluation/index.js';
import { parseManifest, readTask, type Task, TrainingEngine } from '../../training/index.js';
import { CLIENT_VERSION, wrongVersion } from '../../version.js';
import { openRunData } from '../common/data-options.js';
import { programIdOptions } from '../common/open-chain.js';
import { checkLimits } from '../create-run/requirements.js';
import { jsonSink, textSink } from './log.js';
import { networkOf, reportBans, reportReach } from './network.js';
import type { JoinOptions } from './options.js';
import { listenAsBefore } from './same-port.js';
import { untilAsked } from './stopping.js';
import { report } from './supervised.js';

/** Lamports under which a node is told that it will not get far: about two hundred transactions. */
const LOW_BALANCE = 1_000_000n;

/** One folder a run: on another cluster, or in another life, the address can be the same, and nothing kept is worth anything. */
const stateName = ({ address, origin }: RunView): string => `${address}-${bs58.encode(origin).slice(0, 8)}`;

/** Runs `join` until the run is over or somebody asks the process to stop. */
export async function join(options: JoinOptions): Promise<void> {
  const emit = options.logFormat === 'json' ? jsonSink() : textSink();
  const signal = untilAsked((message) => emit({ event: 'info', message }));
  const checkpoints = keepingOf(options);
  const prices = { computeUnitPrice: options.withComputeUnitPrice, maxComputeUnitPrice: options.maxComputeUnitPrice };
  const config = await loadConfig({ url: options.url, ws: options.ws, keypair: options.keypair, commitment: options.commitment, ...prices, ...programIdOptions(options) });
  // A validator on this machine has no forks to wait out, and each step of a round would cost a slot.
  if (options.commitment === undefined && config.local) config.commitment = 'processed';
  const keypair = await config.keypair();
  const address = keypair.publicKey.toBase58();
  // What a member has to send is sent until it lands or a program refuses it, however long nodes or the cluster are away.
  const chain = new Chain({ ...config, patienceMs: Infinity, tell: (code, message) => emit({ event: 'warning', code, message }) });
  const closing: (() => unknown)[] = [() => chain.close()];
  try {
    const coordinator = await CoordinatorClient.open(chain, options.run, keypair);
    const view = await coordinator.fetchRun();
    if (view.clientVersion !== CLIENT_VERSION) throw wrongVersion(view.clientVersion);
    // A member that restarts finishes its epoch, whatever became of its authorization.
    const known = view.members.some((m) => m.key === address) || view.pending.some((p) => p.key === address);
    if (!known) await joinPermission(chain, view, keypair.publicKey);
    const manifestText = await coordinator.fetchManifest();
    const manifestHash = sha256(manifestText);
    if (!bytesEqual(manifestHash, view.manifestHash)) {
      throw new PsycheError('MANIFEST_MISMATCH', 'the manifest is not the one that the run names: its creator is changing it, try again when the run is resumed');
    }
    const manifest = parseManifest(manifestText);
    checkLimits(manifest);
    const payout = options.payout ?? keypair.publicKey;
    if (options.payout === undefined) {
      emit({ event: 'warning', code: 'PAYOUT_ON_NODE', message: 'no --payout given: the node key itself will be able to claim, so whoever has this machine has what it earns' });
    }
    const balance = await chain.balance(keypair.publicKey);
    if (balance < LOW_BALANCE + view.config.joinDeposit) {
      emit({ event: 'warning', code: 'LOW_BALANCE', message: `${address} has ${balance} lamports; send it some SOL for fees, rent and the deposit of ${view.config.joinDeposit} lamports` });
    }
    const store = StateDir.open(options.stateDir ?? defaultStateRoot(), stateName(view), address, options.maxPayloads);
    closing.push(() => store.close());
    const log = (message: string): void => emit({ event: 'info', message });
    const { data, tokenizer } = await openRunData(manifest, options, { signal, log });
    closing.push(() => data.close());
    const tasks = await readTasks(options.tasks);
    const { backend, threads, precision, microBatch } = options;
    const engine = await TrainingEngine.create(manifest, { backend, threads, precision, microBatch, signal, log });
    closing.push(() => engine.dispose());
    if (manifest.initialization.kind === 'checkpoint') {
      log(`loading the parameters that the run begins with from ${manifest.initialization.location}`);
      engine.useInitial(await fetchInitial(manifest.initialization, manifest.model, { cacheDir: options.cacheDir, maxDiskBytes: options.maxDisk, signal }));
    }
    restoreResidual(engine, store, emit);
    const network = networkOf(options);
    const { secretKey } = keypair;
    const p2p = await listenAsBefore(store, network.listen, (listen) => P2pNode.create({ secretKey, run: bs58.encode(view.origin), ...network, listen, signal }));
    closing.push(() => p2p.stop());
    reportReach(p2p, emit);
    reportBans(p2p, emit);
    emit({
      event: 'joined',
      node: address,
      run: view.address,
      backend: engine.backend,
      parameters: engine.parameterCount,
      unigramEntropy: data.unigramEntropy(),
      stepsTotal: view.config.totalSteps,
    });
    await report({ client: 'joined' });
    const clock = new SlotClock(view.config.slotMs);
    clock.observe(await chain.slot());
    const context: Context = {
      identity: { secretKey: keypair.secretKey, publicKey: keypair.publicKey.toBytes(), address },
      program: config.programs.coordinator.toBytes(),
      runKey: view.origin,
      chain: coordinator,
      p2p,
      engine,
      data,
      tokenizer,
      tasks,
      manifest,
      manifestHash,
      store,
      ...(checkpoints === undefined ? {} : { checkpoints }),
      clock,
      emit,
      books: new Books(),
      evidence: new Evidence(store),
      model: { epoch: undefined, appliedThrough: -1, trainedThrough: -1, startRoot: new Uint8Array(32), inSync: false },
      tally: { lastLoss: NaN, lastTokensPerSecond: 0, roundsTrained: 0, roundsMissed: 0, heldOutLoss: NaN, figures: [], settledPoints: 0n, checkpoint: '', modelHash: '', epochEnd: undefined },
      view,
      wake: () => {},
    };
    const terms = { payout, capacity: options.capacity, listed: false, onList: false, leftList: 0 };
    const participant = new Participant(context, { ...terms, exitOnPause: options.exitOnPause, sampleTokens: options.sample, evaluationSequences: options.evaluate }, signal);
    try {
      await participant.run();
    } finally {
      if (context.model.epoch !== undefined) await saveResidual(context);
    }
  } catch (error) {
    // Asked to stop while starting: that is no failure.
    if (!signal.aborted) throw error;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** @throws PsycheError `TOO_MANY_TASKS`; EvaluationError */
async function readTasks(paths: readonly string[]): Promise<Task[]> {
  // Each has two figures, and one is the loss's.
  const most = Math.floor((MAX_FIGURES - 1) / 2);
  if (paths.length > most) throw new PsycheError('TOO_MANY_TASKS', `a vote has room for the figures of ${most} --tasks, not of ${paths.length}: score the others with \`psyche-client evaluate\``);
  return Promise.all(paths.map((path) => readTask(path)));
}

/** What `--checkpoint-store` means; faulty locations and tokens are told before anything else. @throws CheckpointError */
function keepingOf({ checkpointStore, allowHttp }: JoinOptions): CheckpointKeeping | undefined {
  if (checkpointStore === undefined) return undefined;
  const location = parseLocation(checkpointStore, { allowHttp });
  if (location.kind !== 'folder') checkStoreLocation(location);
  openStore(location, { allowHttp });
  return { location, options: { allowHttp } };
}

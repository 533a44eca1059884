import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once, setMaxListeners } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Keypair, PublicKey } from '@solana/web3.js';
import { CoordinatorClient, isProgramError } from '../../client/src/chain/index.js';
import { describeExit } from '../../client/src/cli/dev/client-process.js';
import { createDemoRun } from '../../client/src/cli/dev/demo-run.js';
import { type Network, openNetwork } from '../../client/src/cli/dev/network.js';
import { createParticipants, fund, type Participant } from '../../client/src/cli/dev/participants.js';
import { settleUp } from '../../client/src/cli/dev/result.js';
import type { RunResult } from '../../client/src/cli/dev/summary.js';
import { RunMetrics } from '../../client/src/observe/run-metrics.js';
import { findMember, type RunView } from '../../client/src/protocol/run-view.js';
import { Access } from './access.js';
import { ChaosClient } from './client.js';
import { Link } from './link.js';
import { MemoryWatch } from './memory.js';
import { OutOfPatience } from './patience.js';
import { ownerOf } from './processes.js';
import { seededRandom } from './random.js';
import { configOf, type Options, type Setup, SLOT_MS } from './setup.js';
import { ValidatorProcess } from './validator.js';

/** Lines of what happened that are kept for who looks into a failure. */
const LINES_KEPT = 4_000;
/** Ports for clients: below those that the kernel gives out by itself, so that none is taken meanwhile. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
/** States in which an epoch's work counts as begun and not over. */
const UNDER_WAY: ReadonlySet<string> = new Set(['RoundTrain', 'RoundWitness', 'Cooldown']);

/** An RPC node as clients see it, and its notifications. */
export interface EndpointLine {
  rpc: Access;
  pubsub: Access;
}

/**
 * A network for faults: a validator and clients in processes of their own, with a link before each client's port, and if
 * wanted one before each client's way to the validator. Call {@link stop} whatever happens.
 */
export class ChaosNetwork {
  readonly clients: ChaosClient[] = [];
  /** RPC endpoints, if the setup asked for links before them. */
  readonly endpoints: EndpointLine[] = [];
  readonly metrics: RunMetrics;
  /** The run, in its authority's name. */
  readonly coordinator: CoordinatorClient;
  /** What was said meanwhile. */
  readonly log: string[] = [];
  readonly memory: MemoryWatch;
  /** Rounds that were closed undecided, as epoch/round. */
  readonly undecided = new Set<string>();
  /** Node keys of those whose work was accepted at least once. */
  readonly accepted = new Set<string>();
  readonly random: () => number;
  private readonly links: Link[] = [];
  private readonly closing: (() => unknown)[] = [];
  private readonly started = performance.now();
  /** The end of this scenario's patience, or its first failure. */
  readonly signal: AbortSignal;
  private readonly failing = new AbortController();

  private constructor(
    readonly folder: string,
    readonly validator: ValidatorProcess,
    readonly network: Network,
    readonly authority: Keypair,
    participants: readonly Participant[],
    readonly run: PublicKey,
    readonly setup: Setup,
    readonly options: Options,
    signal: AbortSignal,
  ) {
    this.random = seededRandom(options.seed);
    this.metrics = new RunMetrics(participants.map((p) => p.label));
    this.coordinator = new CoordinatorClient(network.chain, run, authority);
    this.memory = new MemoryWatch(folder, [validator.pid]);
    this.signal = this.failing.signal;
    const onAbort = (): void => this.failing.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    setMaxListeners(0, this.signal);
    this.closing.push(this.coordinator.subscribe((view) => this.observe(view)));
  }

  static async start(setup: Setup, options: Options, signal: AbortSignal): Promise<ChaosNetwork> {
    const folder = mkdtempSync(join(tmpdir(), 'psyche-chaos-'));
    const undo: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
    try {
      const validator = await ValidatorProcess.start(SLOT_MS, signal);
      undo.push(() => validator.stop());
      const network = await openNetwork(validator.url);
      undo.push(() => network.stop());
      const { authority, clients: participants } = await createParticipants(folder, setup.clients);
      await fund(network.chain, authority, participants, signal);
      const config = fileURLToPath(new URL('../e2e/tiny-run.toml', import.meta.url));
      const runId = `chaos-${setup.clients}`;
      const { run } = await createDemoRun(network.chain, authority, { runId, config, clients: setup.clients, change: configOf(setup, options.pace) }, signal);
      const net = new ChaosNetwork(folder, validator, network, authority, participants, run, setup, options, signal);
      undo.push(() => net.release());
      for (let i = 0; i < (setup.endpoints ?? 0); i++) net.endpoints.push({ rpc: new Access(), pubsub: new Access() });
      for (const [i, who] of participants.entries()) await net.add(who, i, runId);
      for (const client of net.clients.slice(0, setup.first)) client.start();
      net.closing.push(...undo.reverse());
      return net;
    } catch (error) {
      for (const each of undo.reverse()) await each();
      throw error;
    }
  }

  get honest(): ChaosClient[] {
    return this.clients.filter((c) => c.fate === 'finishes');
  }

  /** Seconds since the network was started. */
  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  note(text: string): void {
    this.log.push(`${this.seconds.toFixed(1).padStart(6)} ${text}`);
    if (this.log.length > LINES_KEPT) this.log.splice(0, LINES_KEPT / 2);
  }

  /** Ends everything that is waited for. */
  fail(error: Error): void {
    this.note(`FAILED ${error.message}`);
    this.failing.abort(error);
  }

  /** Resolves with the first version of the run, from now on, for which `condition` holds. @param what is waited for */
  when(what: string, condition: (run: RunView) => boolean): Promise<RunView> {
    this.note(`… ${what}`);
    return new Promise((resolve, reject) => {
      const unsubscribe = this.coordinator.subscribe((run) => {
        if (!condition(run)) return;
        end();
        resolve(run);
      });
      const abort = (): void => {
        end();
        reject(this.signal.reason instanceof OutOfPatience ? new Error(`waited in vain until ${what}`) : (this.signal.reason as Error));
      };
      const end = (): void => {
        unsubscribe();
        this.signal.removeEventListener('abort', abort);
      };
      this.signal.addEventListener('abort', abort);
      if (this.signal.aborted) abort();
    });
  }

  /** Until all honest clients are in one epoch that is not over, and have each had work accepted in it. */
  together(who: readonly ChaosClient[] = this.honest, sinceEpoch = 0): Promise<RunView> {
    const works = (run: RunView, { key }: ChaosClient): boolean => {
      const member = findMember(run, key);
      return member?.state === 'Healthy' && member.acceptedRounds > 0;
    };
    return this.when(`${who.map((c) => c.label).join(', ')} train together`, (run) => run.epoch >= sinceEpoch && UNDER_WAY.has(run.state) && who.every((c) => works(run, c)));
  }

  /** Asks for the run's pause, after which clients leave, unless it is over or paused already. */
  async pauseRun(): Promise<void> {
    for (;;) {
      this.signal.throwIfAborted();
      const run = await this.coordinator.fetchRun();
      if (run.pauseRequested || run.state === 'Paused' || run.state === 'Finished') return;
      try {
        await this.coordinator.pause({ signal: this.signal });
      } catch (error) {
        if (!isProgramError(error, 'WrongState')) throw error;
      }
    }
  }

  /** Waits until the honest clients have left by themselves, pays everyone, and gives what the run has come to. */
  async result(): Promise<RunResult> {
    await this.when('the run is over', (run) => run.state === 'Finished' || run.state === 'Paused');
    const over = new Promise<never>((_, reject) => this.signal.addEventListener('abort', () => reject(new Error('the clients did not leave when the run was over')), { once: true }));
    await Promise.race([Promise.all(this.honest.map((c) => c.gone())), over]);
    for (const client of this.clients) if (client.isRunning) await client.kill();
    const participants = this.clients.map((c) => c.who);
    return settleUp(this.network.chain, this.run, participants, this.metrics, { total: () => this.seconds, firstLoss: 1 }, this.signal);
  }

  /** What all clients have earned so far, settled or not, by node key; from the chain. */
  async points(): Promise<Map<string, bigint>> {
    const [run, members] = await Promise.all([this.coordinator.fetchRun(), this.coordinator.fetchMembers(this.clients.map((c) => c.key))]);
    return new Map(this.clients.map(({ key }) => {
      const current = findMember(run, key);
      const open = current !== undefined && !current.settled ? current.points : 0n;
      return [key, (members.find((m) => m.node === key)?.points ?? 0n) + open];
    }));
  }

  async stop(): Promise<void> {
    for (const close of this.closing.splice(0)) await close();
  }

  private async release(): Promise<void> {
    for (const client of this.clients) {
      client.thaw();
      await client.kill();
    }
    await Promise.all(this.links.map((link) => link.close()));
    this.memory.stop();
  }

  private async add(who: Participant, index: number, runId: string): Promise<void> {
    const access = new Access();
    const role = this.setup.roles?.[index] ?? {};
    const port = await freePort(this.random);
    const link = await this.link(port, access, (from) => this.accessOf(from));
    const urls: string[] = [];
    const sockets: string[] = [];
    for (const { rpc, pubsub } of this.endpoints) {
      urls.push(`http://127.0.0.1:${(await this.link(Number(new URL(this.validator.url).port), rpc, () => access)).port}`);
      sockets.push(`ws://127.0.0.1:${(await this.link(Number(new URL(this.validator.wsUrl).port), pubsub, () => access)).port}`);
    }
    const args = [
      ...['--run', runId, '-u', urls.join(',') || this.validator.url, '--ws', sockets.join(',') || this.validator.wsUrl, '-k', who.nodeFile],
      ...['--payout', who.payout.publicKey.toBase58(), '--state-dir', who.state, '--log-format', 'json', '--sample', '0'],
      ...(role.hidden ? hiddenAt(port) : ['--listen', `/ip4/127.0.0.1/tcp/${port}`, '--announce', `/ip4/127.0.0.1/tcp/${link.port}`]),
      // Others know the link's port alone; what finds peers by other ways would go around it.
      ...['--no-port-mapping', '--no-local-discovery'],
      ...(this.setup.exitOnPause === false ? [] : ['--exit-on-pause']),
    ];
    const client = new ChaosClient(who, index, access, role, { args, port, built: this.options.built });
    this.listen(client);
    this.clients.push(client);
  }

  private async link(port: number, server: Access, client: (port: number) => Access): Promise<Link> {
    const random = seededRandom(this.options.seed + this.links.length + 1);
    const link = await Link.open({ port, server, client, random });
    this.links.push(link);
    return link;
  }

  /** The line of whoever has a connection's other end; strangers have none, and no limits. */
  private accessOf(port: number): Access {
    const owners = this.clients.map((client) => ({ client, pids: client.pids }));
    const pid = ownerOf(port, owners.flatMap(({ pids }) => pids));
    return owners.find(({ pids }) => pid !== undefined && pids.includes(pid))?.client.access ?? new Access();
  }

  private listen(client: ChaosClient): void {
    const { label, index } = client;
    client.on('event', (event) => {
      this.metrics.apply(index, event);
      const { time: _, event: name, ...rest } = event;
      if (!['stats', 'points'].includes(name)) this.note(`${label} ${name} ${JSON.stringify(rest)}`);
    });
    client.on('line', (line) => this.note(`${label} | ${line}`));
    client.on('exit', (exit) => {
      this.note(`${label} ${describeExit(exit)}`);
      const { asked } = client.exits.at(-1)!;
      if (client.fate === 'finishes' && !asked && exit.code !== 0) this.fail(new Error(`${label} ${describeExit(exit)} by itself; its last words:\n  ${client.lastWords}`));
    });
  }

  private observe(run: RunView): void {
    for (const { epoch, round, status } of run.rounds) if (status === 'Undecided') this.undecided.add(`${epoch}/${round}`);
    for (const { key, acceptedRounds } of run.members) if (acceptedRounds > 0) this.accepted.add(key);
    const members = run.members.map((m) => `${this.clients.findIndex((c) => c.key === m.key) + 1}${m.state[0]}${m.acceptedRounds}`).join(' ');
    this.note(`chain ${run.state} epoch ${run.epoch} round ${run.round} step ${run.step} [${members}] waiting ${run.pending.length}`);
  }
}

/** Listens where its own connections do not come from, and announces a port that nobody listens on. */
const hiddenAt = (port: number): string[] => ['--listen', `/ip4/127.66.0.1/tcp/${port}`, '--announce', '/ip4/127.0.0.1/tcp/9'];

async function freePort(random: () => number): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(random() * PORTS);
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) => server.once('error', () => resolve(true)).listen(port, '127.0.0.1', () => resolve(false)));
    if (taken) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

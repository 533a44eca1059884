import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Keypair, PublicKey } from '@solana/web3.js';
import { type ConfigArgs, CoordinatorClient } from '../../client/src/chain/index.js';
import type { TimedEvent } from '../../client/src/observe/json-lines.js';
import { LiveView } from '../../client/src/observe/live-view.js';
import { RunMetrics } from '../../client/src/observe/run-metrics.js';
import type { RunView } from '../../client/src/protocol/run-view.js';
import { startClient } from '../../client/src/cli/dev/clients.js';
import { Crew } from '../../client/src/cli/dev/crew.js';
import { createDemoRun } from '../../client/src/cli/dev/demo-run.js';
import { startNetwork, type Network } from '../../client/src/cli/dev/network.js';
import { createParticipants, fund, type Participant } from '../../client/src/cli/dev/participants.js';
import { settleUp } from '../../client/src/cli/dev/result.js';
import type { RunResult } from '../../client/src/cli/dev/summary.js';
import type { ClientProcess } from '../../client/src/cli/dev/client-process.js';

/** A fifth of Solana's slot: the state machine's pace is not what these tests are about. */
const SLOT_MS = 80;

/** A real network of real processes that train a model of 20,000 parameters: what `dev` starts, but quick. */
export class TinyNetwork {
  readonly metrics: RunMetrics;
  /** The run, in its authority's name. */
  readonly coordinator: CoordinatorClient;
  /** What was said meanwhile, for a failing test's message. */
  readonly log: string[] = [];
  crew!: Crew;
  private view!: LiveView;
  private readonly late: ClientProcess[] = [];

  private constructor(
    readonly network: Network,
    readonly folder: string,
    readonly clients: readonly Participant[],
    readonly runId: string,
    readonly run: PublicKey,
    authority: Keypair,
    private readonly signal: AbortSignal,
    /** How many of the clients, the first ones, are processes. */
    processes: number,
  ) {
    this.metrics = new RunMetrics(clients.slice(0, processes).map((c) => c.label));
    this.coordinator = new CoordinatorClient(network.chain, run, authority);
  }

  /**
   * Starts validator and clients; call {@link stop} whatever happens.
   *
   * @param options.played how many of the clients, the last ones, have keys only: the test itself plays them.
   */
  static async start(options: { clients: number; played?: number; minClients?: number; change?: Partial<ConfigArgs> }, signal: AbortSignal): Promise<TinyNetwork> {
    const folder = mkdtempSync(join(tmpdir(), 'psyche-e2e-'));
    const network = await startNetwork(SLOT_MS);
    try {
      const { authority, clients } = await createParticipants(folder, options.clients);
      await fund(network.chain, authority, clients, signal);
      const processes = clients.length - (options.played ?? 0);
      const runId = `tiny-${options.clients}`;
      const config = fileURLToPath(new URL('tiny-run.toml', import.meta.url));
      const { run } = await createDemoRun(network.chain, authority, { runId, config, ...options }, signal);
      const tiny = new TinyNetwork(network, folder, clients, runId, run, authority, signal, processes);
      tiny.view = new LiveView(tiny.metrics, { stream: { write: (line) => tiny.log.push(line) }, live: false, title: '', epochs: 1, elapsed: () => 0 });
      tiny.crew = new Crew(network, { run: runId, sample: 0 }, clients.slice(0, processes), tiny.metrics, tiny.view);
      return tiny;
    } catch (error) {
      await network.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Resolves with the first version of the run for which `condition` holds. */
  when(condition: (run: RunView) => boolean): Promise<RunView> {
    return new Promise((resolve, reject) => {
      const unsubscribe = this.coordinator.subscribe((run) => {
        if (!condition(run)) return;
        end();
        resolve(run);
      });
      const abort = (): void => {
        end();
        reject(new Error(`timed out; meanwhile:\n${this.log.join('')}`));
      };
      const end = (): void => {
        unsubscribe();
        this.signal.removeEventListener('abort', abort);
      };
      this.signal.addEventListener('abort', abort);
      if (this.signal.aborted) abort();
    });
  }

  /** Starts one more process for the client at `index`, whose first one is gone or never was. @param flags further options of `join` */
  restart(index: number, onEvent: (event: TimedEvent) => void = () => {}, flags: readonly string[] = []): ClientProcess {
    const client = startClient(this.network, { run: this.runId, sample: 0, flags }, this.clients[index], (event) => {
      this.metrics.apply(index, event);
      onEvent(event);
    });
    this.late.push(client);
    return client;
  }

  /** Waits for the clients' end, pays everyone, and gives what the run has come to. */
  async result(): Promise<RunResult> {
    await this.crew.finished(() => 0, this.signal);
    await Promise.all(this.late.map((c) => c.exited));
    return settleUp(this.network.chain, this.run, this.clients, this.metrics, { total: () => 1, firstLoss: 1 }, this.signal);
  }

  async stop(): Promise<void> {
    await Promise.all([this.crew.stop(), ...this.late.map((c) => c.stop(2000))]);
    await this.network.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

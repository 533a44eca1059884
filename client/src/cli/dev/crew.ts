import { EventEmitter } from 'node:events';
import type { LiveView } from '../../observe/live-view.js';
import type { RunMetrics } from '../../observe/run-metrics.js';
import { ClientProcess, describeExit } from './client-process.js';
import { startClient, type JoinSettings } from './clients.js';
import type { Network } from './network.js';
import type { Participant } from './participants.js';

/** How long a client may take to leave when asked. */
const GRACE_MS = 5000;

/**
 * All clients of a run: started together, watched, ended together. Whoever leaves before it has said `finished` has
 * died, which is told with its last words. Nothing of it outlives this process.
 */
export class Crew {
  private readonly processes: ClientProcess[];
  private readonly changed = new EventEmitter();
  private stopping = false;
  private readonly lastResort = (): void => this.processes.forEach((p) => p.signal('SIGKILL'));

  constructor(
    network: Network,
    settings: JoinSettings,
    participants: readonly Participant[],
    private readonly metrics: RunMetrics,
    private readonly view: LiveView,
  ) {
    this.processes = participants.map((who, i) => {
      // One sample is enough to look at, and writing it takes seconds.
      const mine = { ...settings, sample: i === 0 ? settings.sample : 0 };
      const child = startClient(network, mine, who, (event) => {
        metrics.apply(i, event);
        view.onEvent(i, event);
        if (event.event === 'trained' || event.event === 'finished') this.changed.emit('change');
      });
      void child.exited.then(() => this.onExit(i));
      return child;
    });
    process.on('exit', this.lastResort);
  }

  /** Clients that still run, or have done all they should. */
  get able(): number {
    return this.metrics.clients.filter((c) => c.died === undefined).length;
  }

  /**
   * Resolves when every client has finished and left, or died.
   * @param enough how many clients the run needs to go on; fewer alive ends the wait.
   * @throws the signal's reason
   */
  async finished(enough: () => number, signal: AbortSignal): Promise<void> {
    const over = (): boolean => this.processes.every((p) => p.exit !== undefined) || this.able < enough();
    await this.until(over, signal);
  }

  /** Resolves when a condition on the metrics holds; it is looked at after every step and exit. */
  until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        this.changed.off('change', check);
        signal.removeEventListener('abort', abort);
        end();
      };
      const check = (): void => {
        if (condition()) settle(resolve);
      };
      const abort = (): void => settle(() => reject(signal.reason as Error));
      this.changed.on('change', check);
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      else check();
    });
  }

  /** Ends one client as an accident would, for tests of what happens then. */
  kill(index: number): void {
    this.processes[index].signal('SIGKILL');
  }

  get pids(): number[] {
    return this.processes.flatMap((p) => (p.pid === undefined ? [] : [p.pid]));
  }

  /** Ends all clients that still run, and waits until they are gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.processes.map((p) => p.stop(GRACE_MS)));
    process.off('exit', this.lastResort);
  }

  private onExit(index: number): void {
    const client = this.metrics.clients[index];
    const { exit, lastLines } = this.processes[index];
    if (client.finished === undefined && !this.stopping && exit !== undefined) {
      client.died = describeExit(exit);
      this.view.note(`${client.label} ${client.died} before the run was over; its last lines:`, true);
      for (const line of lastLines) this.view.note(`  ${line}`, true);
      for (const { code, message } of client.warnings.slice(-2)) this.view.note(`  warning ${code}: ${message}`, true);
    }
    this.changed.emit('change');
  }
}

import { EventEmitter, setMaxListeners } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClientProcess, describeExit, type Exit } from '../../client/src/cli/dev/client-process.js';
import type { Participant } from '../../client/src/cli/dev/participants.js';
import type { TimedEvent } from '../../client/src/observe/json-lines.js';
import type { Access } from './access.js';
import { processesWith } from './processes.js';

/**
 * What becomes of a client. `finishes`: it is held to all that an honest one promises. `lost`: it is gone before the end, and
 * what it earned is still paid. `lies`: its process was changed so that it does what no honest one does.
 */
export type Fate = 'finishes' | 'lost' | 'lies';

export interface Role {
  fate?: Fate;
  /** It dials others and nobody can dial it, as behind a router that passes no port on. */
  hidden?: boolean;
  /** Arguments of `join` on top of the usual ones. */
  args?: readonly string[];
  /** A module in `sabotage/` that is loaded into the client's process before the client, and changes it. */
  sabotage?: string;
}

/** How a client is started. */
export interface Launch {
  /** Arguments of `join` that say where everything is. */
  args: readonly string[];
  /** Where it listens for peers. */
  port: number;
  /** The built client instead of the sources: it starts in half the time. */
  built: boolean;
}

/** How long a client that was asked to leave may take before the scenario fails. */
const LEAVE_MS = 20_000;

const ROOT = new URL('../../', import.meta.url);

/** A real `psyche-client join`, from its first process to its last. */
export class ChaosClient extends EventEmitter<{ event: [event: TimedEvent]; line: [line: string]; exit: [exit: Exit] }> {
  /** What its processes said, oldest first, figures of every second left out. */
  readonly events: TimedEvent[] = [];
  fate: Fate;
  private process: ClientProcess | undefined;
  private dismissed = false;
  /** How its processes ended, oldest first, and whether anybody had asked them to. */
  readonly exits: { exit: Exit; asked: boolean }[] = [];

  constructor(
    readonly who: Participant,
    readonly index: number,
    /** Its line to the rest of the network. */
    readonly access: Access,
    private readonly role: Role,
    private readonly launch: Launch,
  ) {
    super();
    setMaxListeners(0, this);
    this.fate = role.fate ?? (role.sabotage === undefined ? 'finishes' : 'lies');
  }

  get label(): string {
    return this.who.label;
  }

  /** Node key, base58. */
  get key(): string {
    return this.who.node.publicKey.toBase58();
  }

  /** Where it listens for peers, behind its link. */
  get port(): number {
    return this.launch.port;
  }

  get isRunning(): boolean {
    return this.process !== undefined && this.process.exit === undefined;
  }

  /** All processes of it, a supervisor's included. */
  get pids(): number[] {
    return processesWith(this.who.state);
  }

  /** Starts it, or starts it again with what is on its disk. @returns the place in {@link events} at which this life begins */
  start(args: readonly string[] = []): number {
    if (this.isRunning) throw new Error(`${this.label} runs already`);
    const begun = this.events.length;
    this.dismissed = false;
    const child = new ClientProcess({
      args: [...this.program(), 'join', ...this.launch.args, ...(this.role.args ?? []), ...args],
      env: { CHAOS_CLIENT: this.clientRoot, CHAOS_INDEX: String(this.index) },
      onEvent: (event) => {
        if (event.event !== 'stats') this.events.push(event);
        this.emit('event', event);
      },
      onLine: (line) => this.emit('line', line),
    });
    this.process = child;
    void child.exited.then((exit) => {
      this.exits.push({ exit, asked: this.dismissed });
      this.emit('exit', exit);
    });
    return begun;
  }

  /** Ends it as an accident would: kill -9 of all its processes. */
  async kill(): Promise<void> {
    this.dismissed = true;
    this.process?.signal('SIGKILL');
    for (const pid of this.pids) tryKill(pid, 'SIGKILL');
    await this.process?.exited;
  }

  /** Ends the client itself, not the process that starts it again (`--restart`): whoever holds the lock of the state folder. */
  crash(): void {
    const [lock] = this.files((name) => name.endsWith('/lock'));
    if (lock === undefined) throw new Error(`${this.label} holds no lock: it does not run`);
    tryKill(Number(readFileSync(lock, 'utf8').split(' ')[0]), 'SIGKILL');
  }

  /** Asks it to leave, as Ctrl-C does. @throws Error if it does not */
  async leave(): Promise<void> {
    if (!this.isRunning) return;
    this.dismissed = true;
    const exit = await this.process!.stop(LEAVE_MS);
    if (exit.code !== 0 && exit.code !== 143) throw new Error(`${this.label} was asked to leave and ${describeExit(exit)}`);
  }

  /** It stops where it is, as a machine that swaps or a laptop that sleeps. */
  freeze(): void {
    for (const pid of this.pids) tryKill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.pids) tryKill(pid, 'SIGCONT');
  }

  /** Settles when its process is gone. */
  async gone(): Promise<void> {
    await this.process?.exited;
  }

  get lastWords(): string {
    return [...(this.process?.lastLines ?? []), ...this.events.slice(-6).map((e) => JSON.stringify(e))].join('\n  ');
  }

  /** Resolves with the first event from `from` on for which a condition holds. @throws the signal's reason */
  until(condition: (event: TimedEvent) => boolean, signal: AbortSignal, from = 0): Promise<TimedEvent> {
    const found = this.events.slice(from).find(condition);
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.off('event', onEvent);
        signal.removeEventListener('abort', onAbort);
      };
      const onEvent = (event: TimedEvent): void => {
        if (!condition(event)) return;
        end();
        resolve(event);
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason as Error);
      };
      this.on('event', onEvent);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  }

  /** Its files, as paths, whose path below the state folder meets a condition. */
  files(condition: (name: string) => boolean): string[] {
    const { state } = this.who;
    if (!existsSync(state)) return [];
    return readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(condition).map((name) => join(state, name));
  }

  /** Whether agreed parameters are on its disk, whole. */
  get hasModel(): boolean {
    return this.files((name) => /\/parameters-[0-9a-f]{64}\.bin$/.test(name)).length > 0;
  }

  /** The folder of the client's modules that it runs from, as a URL. */
  private get clientRoot(): string {
    return new URL(this.launch.built ? 'dist/client/src/' : 'client/src/', ROOT).href;
  }

  private program(): string[] {
    const { sabotage } = this.role;
    const loader = this.launch.built && sabotage === undefined ? [] : ['--import', import.meta.resolve('tsx')];
    const change = sabotage === undefined ? [] : ['--import', new URL(`sabotage/${sabotage}.ts`, import.meta.url).href];
    return [...loader, ...change, fileURLToPath(new URL(this.launch.built ? 'cli/main.js' : 'cli/main.ts', this.clientRoot))];
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone meanwhile
  }
}

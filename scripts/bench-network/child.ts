import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/* Child processes of the benchmark: each takes one order, tells what happens meanwhile, and answers once, at its end. */

type Said = { note: unknown } | { answer: unknown } | { failure: string };

/** Last words kept of a child that dies. */
const LAST_LINES = 20;

/**
 * In a child: does the work when the order comes, and ends with the process that gave it, however that one died.
 *
 * @param work gets what is said to it later through `onNote`.
 */
export function answering<Order, Note, Answer, Later = never>(
  work: (order: Order, tell: (note: Note) => void, signal: AbortSignal, onNote: (hear: (later: Later) => void) => void) => Promise<Answer>,
): void {
  const stop = new AbortController();
  const say = (said: Said): void => void process.send?.(said);
  let hear: (later: Later) => void = () => {};
  process.on('disconnect', () => process.exit());
  process.on('SIGTERM', () => stop.abort(new Error('asked to stop')));
  process.once('message', (order: Order) => {
    process.on('message', (later: Later) => hear(later));
    work(order, (note) => say({ note }), stop.signal, (listener) => (hear = listener))
      .then((answer) => say({ answer }))
      .catch((error: unknown) => say({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }))
      .finally(() => setImmediate(() => process.disconnect?.()));
  });
}

/** From here, a child: one of this folder's `*-process` modules, built or under the loader that runs this one. */
export class Child<Order extends object, Note, Answer, Later extends object = never> {
  /** Rejects when the child dies, or says that it failed. */
  readonly answer: Promise<Answer>;
  readonly exited: Promise<void>;
  private readonly process: ChildProcess;
  private readonly lastLines: string[] = [];

  /** @param module as `host-process`, without its extension. */
  constructor(module: string, order: Order, hear: (note: Note) => void = () => {}) {
    const source = import.meta.url.endsWith('.ts');
    const path = fileURLToPath(new URL(`${module}.${source ? 'ts' : 'js'}`, import.meta.url));
    const execArgv = source ? ['--import', import.meta.resolve('tsx')] : [];
    const child = (this.process = fork(path, [], { execArgv, serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => this.keep(data.toString()));
    this.exited = new Promise((resolve) => {
      child.once('close', () => resolve());
      child.once('error', () => resolve());
    });
    this.answer = new Promise((resolve, reject) => {
      child.on('message', (said: Said) => {
        if ('note' in said) hear(said.note as Note);
        else if ('answer' in said) resolve(said.answer as Answer);
        else reject(new Error(`${module}: ${said.failure}`));
      });
      child.once('error', reject);
      child.once('close', (code, signal) => reject(new Error(`${module} ended (${signal ?? code}) without an answer:\n${this.lastLines.join('\n')}`)));
    });
    // Whoever waits for it hears of it; others need not.
    this.answer.catch(() => {});
    child.send(order);
  }

  get pid(): number {
    return this.process.pid!;
  }

  say(later: Later): void {
    if (this.process.connected) this.process.send(later);
  }

  /** Ends it: at once where `graceMs` is 0, else when that is over. */
  async stop(graceMs = 5_000): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.exited;
    this.process.kill(graceMs === 0 ? 'SIGKILL' : 'SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  private keep(text: string): void {
    this.lastLines.push(...text.split('\n').filter((line) => line !== '').map((line) => line.slice(0, 300)));
    this.lastLines.splice(0, Math.max(0, this.lastLines.length - LAST_LINES));
  }
}

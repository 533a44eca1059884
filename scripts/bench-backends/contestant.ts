import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a contestant says when it is ready, and after each run. */
export interface Ready {
  name: string;
  device: string;
  parameters: number;
  /** Mean nats per token of the batch: the same for all, or they do not compute the same. */
  loss: number;
  /** Euclidean norm of the gradient: likewise. */
  norm: number;
}
export interface Run {
  /** The median step's. */
  tokensPerSecond: number;
  steps: number;
  /** Processor time over wall time: how many cores it had. */
  cores: number;
}

/**
 * A process that has its model and batch ready and, for each line `run <ms>` on its stdin, computes gradients of that batch
 * for so long and answers one line of JSON. In between it waits, so that contestants take turns on one machine.
 */
export class Contestant {
  readonly ready: Promise<Ready>;
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;
  private errors = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
    this.child.stderr!.setEncoding('utf8').on('data', (s: string) => (this.errors = (this.errors + s).slice(-4000)));
    this.child.stdin!.on('error', () => {}); // the next line tells
    this.child.on('error', (error) => (this.errors += error.message));
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
    this.ready = this.answer<Ready>();
  }

  async run(milliseconds: number): Promise<Run> {
    this.child.stdin!.write(`run ${milliseconds}\n`);
    return this.answer<Run>();
  }

  close(): void {
    this.child.stdin!.end();
    this.child.kill();
  }

  private async answer<T>(): Promise<T> {
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error(`a contestant ended early: ${this.errors.trim().split('\n').slice(-6).join('\n')}`);
      if ((value as string).startsWith('{')) return JSON.parse(value as string) as T;
    }
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { LineSplitter } from '../../client/src/observe/json-lines.js';

/** A validator in a process of its own. */
export class ValidatorProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    readonly wsUrl: string,
  ) {}

  /** @param slotMs length of a slot. @throws Error if it ends before it is up */
  static async start(slotMs: number, signal: AbortSignal): Promise<ValidatorProcess> {
    const main = fileURLToPath(new URL('validator-process.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main, String(slotMs)], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.on('error', () => {});
    const line = new Promise<string>((resolve, reject) => {
      const splitter = new LineSplitter(resolve);
      child.stdout.on('data', (chunk: Buffer) => splitter.push(chunk));
      child.once('exit', (code) => reject(new Error(`the validator ended with code ${code} before it was up`)));
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    try {
      const { url, wsUrl } = JSON.parse(await line) as { url: string; wsUrl: string };
      return new ValidatorProcess(child, url, wsUrl);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** It stops where it is: connections stay, nothing is answered, no slot passes. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  resume(): void {
    this.child.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.resume();
    this.child.stdin!.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }
}

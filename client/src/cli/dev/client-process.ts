import { spawn, type ChildProcess } from 'node:child_process';
import { LineSplitter, parseEvent, type TimedEvent } from '../../observe/json-lines.js';
import { printable } from '../../observe/format.js';

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ClientProcessOptions {
  /** Arguments of Node itself and of the script, e.g. `['dist/client/src/cli/main.js', 'join', …]`. */
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  onEvent(event: TimedEvent): void;
  /** Hears every line that is no event, of stdout and stderr. */
  onLine?(line: string): void;
}

/** What the last lines are kept for is one look at why a client died. */
const LINES_KEPT = 12;
const LINE_SHOWN = 300;

/**
 * One `psyche-client join` in a process of its own, spoken to by signals and heard through JSON lines. Its stdin is a
 * pipe that nobody writes to: it closes when this process dies, however it dies, and the child leaves then.
 */
export class ClientProcess {
  /** Settles when the process is gone and its output has been read to the end; never rejects. */
  readonly exited: Promise<Exit>;
  /** The newest lines that were no events, for people. */
  readonly lastLines: string[] = [];
  exit?: Exit;
  private readonly child: ChildProcess;
  private readonly onLine: (line: string) => void;

  constructor(options: ClientProcessOptions) {
    this.onLine = options.onLine ?? (() => {});
    this.child = spawn(process.execPath, options.args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env, PSYCHE_PARENT_PIPE: '1' },
    });
    this.child.stdin!.on('error', () => {}); // EPIPE: the child is gone, which `exited` tells
    const out = new LineSplitter((line) => {
      const event = parseEvent(line);
      if (event !== undefined) options.onEvent(event);
      else this.keep(line);
    });
    const err = new LineSplitter((line) => this.keep(line));
    this.child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
    this.child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit): void => {
        if (this.exit !== undefined) return;
        out.end();
        err.end();
        this.exit = exit;
        resolve(exit);
      };
      this.child.once('close', (code, signal) => end({ code, signal }));
      this.child.once('error', (error) => {
        this.keep(error.message);
        if (this.child.pid === undefined) end({ code: 127, signal: null });
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.exit === undefined) this.child.kill(signal);
  }

  /** Asks the process to leave (SIGTERM), and ends it (SIGKILL) if it hasn't within `graceMs`. */
  async stop(graceMs: number): Promise<Exit> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  private keep(line: string): void {
    this.onLine(line);
    this.lastLines.push(printable(line, LINE_SHOWN));
    if (this.lastLines.length > LINES_KEPT) this.lastLines.shift();
  }
}

/** Says in words how a process ended. */
export function describeExit(exit: Exit): string {
  return exit.signal !== null ? `was ended by ${exit.signal}` : `exited with code ${exit.code}`;
}

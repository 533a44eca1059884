import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** Runs a command to its end. `show` lets it write to the terminal too. A command that isn't there has code 127. */
export async function run(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; show?: boolean } = {}): Promise<Finished> {
  const stdio = options.show ? (['ignore', 'inherit', 'inherit'] as const) : (['ignore', 'pipe', 'pipe'] as const);
  const child = spawn(command, args, { stdio: [...stdio], cwd: options.cwd, env: { ...process.env, ...options.env } });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (s: string) => (out += s));
  child.stderr?.setEncoding('utf8').on('data', (s: string) => (err += s));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  } catch (error) {
    return { code: 127, out, err: (error as Error).message };
  }
}

/** The same, for commands that have to succeed. @throws Error with the last lines of what it said */
export async function must(what: string, command: string, args: string[], options: { cwd?: string; show?: boolean } = {}): Promise<string> {
  const { code, out, err } = await run(command, args, options);
  if (code === 0) return out;
  const said = `${out}\n${err}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`${what} failed (${command} ended with ${code ?? 'a signal'}).${said === '' ? '' : `\n${said}`}`);
}

export const python = (): string => process.env.PSYCHE_PYTHON ?? 'python3';

/**
 * Says at once, and all together, what is missing on this machine.
 * @throws Error
 */
export async function checkTools(): Promise<void> {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) {
    throw new Error(`TensorFlow's wheels hold a library for Linux on x64 and arm64, not for ${process.platform} on ${process.arch}. The WebAssembly backend works here as it is.`);
  }
  const missing: string[] = [];
  if ((await run('g++', ['--version'])).code !== 0) missing.push('g++ (Debian and Ubuntu: apt install g++)');
  const pip = await run(python(), ['-m', 'pip', '--version']);
  if (pip.code !== 0) missing.push('python3 with pip (apt install python3-pip; or name one in PSYCHE_PYTHON)');
  if (missing.length > 0) throw new Error(`needs ${missing.join(' and ')}. Nothing has been changed.`);
}

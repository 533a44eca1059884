import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));

/**
 * A Python with the packages of requirements.txt: the one that PSYCHE_PYTHON names, else a virtual environment under
 * node_modules/.cache, made on first use (some gigabytes, a few minutes; pip's own settings and variables hold).
 */
export async function openPython(log: (line: string) => void): Promise<string> {
  const given = process.env.PSYCHE_PYTHON;
  if (given) return given;
  const stamp = createHash('sha256').update(await readFile(REQUIREMENTS)).digest('hex').slice(0, 12);
  const folder = join(ROOT, 'node_modules/.cache/psyche-pytorch', stamp);
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const done = join(folder, 'complete');
  if (existsSync(done)) return python;
  log(`Installing PyTorch and transformers into ${folder}; PSYCHE_PYTHON names a Python that has them already.`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS]);
  await writeFile(done, '');
  return python;
}

/** Runs a command to its end with its output shown. @throws Error if it fails */
export async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) => reject(new Error(`${command} cannot be run. Install Python 3.10 or newer with its venv module, or set PSYCHE_PYTHON.`, { cause })));
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed. What it printed says why.`);
}

/** What a command prints. */
export async function output(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, [...args], { cwd: ROOT, maxBuffer: 1 << 26 });
  return stdout;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What decides the bytes of a built program besides its sources: the tool chain's own files and three Debian packages. */
export interface ToolchainVersions {
  /** sha256 over tools/sbf-toolchain/{src,bin}, hex. */
  kit: string;
  /** Installed Debian packages and their versions ('' where one is missing). */
  packages: Record<string, string>;
}

/** The project's tool chain (tools/sbf-toolchain), installed on first use. */
export class Toolchain {
  readonly #kit: string;
  readonly #prefix: string;

  constructor(root: string) {
    this.#kit = join(root, 'tools/sbf-toolchain');
    this.#prefix = process.env.SBF_TOOLCHAIN ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'psyche/sbf-toolchain');
  }

  /** Installs packages and tools where they are missing; quick when they are there. */
  async install(): Promise<void> {
    await run(join(this.#kit, 'install.sh'), [], { SBF_TOOLCHAIN: this.#prefix });
    if (!existsSync(join(this.#prefix, 'stamp'))) throw new Error(`${this.#kit}/install.sh left no tool chain in ${this.#prefix}`);
  }

  async versions(): Promise<ToolchainVersions> {
    return JSON.parse(await capture(join(this.#kit, 'install.sh'), ['--versions'])) as ToolchainVersions;
  }

  /** Builds one program of the workspace to SBF v3; its `<name>.so` goes to `out`. */
  async build(manifest: string, out: string, env: Record<string, string>): Promise<void> {
    await run(join(this.#prefix, 'bin/cargo-build-sbf'), ['--manifest-path', manifest, '--sbf-out-dir', out, '--arch', 'v3', '--locked'], env);
  }

  /** Writes the Anchor IDL of one program. */
  async idl(manifest: string, out: string, env: Record<string, string>): Promise<void> {
    await run(join(this.#prefix, 'bin/sbf-idl'), ['--manifest-path', manifest, '-o', out, '--', '--locked'], env);
  }
}

/** Names what differs between two tool chains, one line each; empty if nothing does. */
export function toolchainChanges(recorded: ToolchainVersions, here: ToolchainVersions): string[] {
  const changes: string[] = [];
  if (recorded.kit !== here.kit) changes.push('tools/sbf-toolchain itself');
  for (const name of new Set([...Object.keys(recorded.packages), ...Object.keys(here.packages)])) {
    const [was, is] = [recorded.packages[name] || 'none', here.packages[name] || 'none'];
    if (was !== is) changes.push(`${name} ${was} → ${is}`);
  }
  return changes;
}

async function run(command: string, args: string[], env: Record<string, string>): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (${code ?? 'killed'})`);
}

async function capture(command: string, args: string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (s: string) => (text += s));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed (${code ?? 'killed'})`);
  return text;
}

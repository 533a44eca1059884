import { join } from 'node:path';
import type { Keypair, PublicKey } from '@solana/web3.js';
import type { Chain, ConfigArgs } from '../../chain/index.js';
import { PROJECT_ROOT } from '../../version.js';
import { createRun } from '../create-run/create-run.js';
import { checkLimits } from '../create-run/requirements.js';
import { readSettings } from '../create-run/settings.js';

export interface DemoRunOptions {
  runId: string;
  /** How many will join. */
  clients: number;
  /** How many the run goes on with; one less than join unless told, so that one may fail. */
  minClients?: number;
  /** The text instead of the settings'. */
  text?: string;
  /** The settings instead of the demo's. */
  config?: string;
  /** What to take instead of the settings' values. */
  change?: Partial<ConfigArgs>;
}

export interface DemoRun {
  run: PublicKey;
  /** Where the data lies, as clients' `--data` takes it. */
  data: readonly string[];
  /** Clients it can go on with. */
  needed: number;
}

const DEMO_SETTINGS = join(PROJECT_ROOT, 'templates', 'demo-run.toml');

/** Creates a run for just these clients, as `create-run` does: account, manifest, mint, treasury, funds, opening. */
export async function createDemoRun(chain: Chain, authority: Keypair, options: DemoRunOptions, signal: AbortSignal): Promise<DemoRun> {
  const settings = await readSettings(options.config ?? DEMO_SETTINGS, { id: options.runId, data: options.text });
  checkLimits(settings.manifest);
  const needed = options.minClients ?? Math.max(1, options.clients - 1);
  settings.config = { ...settings.config, initMinClients: options.clients, minClients: needed, ...options.change };
  const { run } = await createRun({ chain, authority, settings }, signal);
  return { run, data: [...settings.paths].map(([name, path]) => `${name}=${path}`), needed };
}

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PsycheError } from '../errors.js';

/** What `solana config set` keeps, as far as a client needs it. Absent where the file does not say. */
export interface SolanaCliConfig {
  jsonRpcUrl?: string;
  websocketUrl?: string;
  keypairPath?: string;
  commitment?: string;
}

const KEYS: Record<string, keyof SolanaCliConfig> = {
  json_rpc_url: 'jsonRpcUrl',
  websocket_url: 'websocketUrl',
  keypair_path: 'keypairPath',
  commitment: 'commitment',
};

/** Where the solana CLI keeps its settings; `SOLANA_CONFIG` points elsewhere. */
export function solanaConfigPath(): string {
  return process.env.SOLANA_CONFIG ?? join(homedir(), '.config', 'solana', 'cli', 'config.yml');
}

/**
 * Reads the flat `key: value` lines of the solana CLI's config.yml. Keys it does not know, and the nested
 * `address_labels`, are passed over.
 */
export function parseSolanaConfig(text: string): SolanaCliConfig {
  const config: SolanaCliConfig = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^([a-z_]+):\s*(.*?)\s*$/.exec(line);
    const key = match && Object.hasOwn(KEYS, match[1]) ? KEYS[match[1]] : undefined;
    if (!match || key === undefined) continue;
    const value = unquote(match[2]);
    if (value !== '') config[key] = value;
  }
  return config;
}

/** The settings in `path`; none when the file is not there. */
export async function readSolanaConfig(path = solanaConfigPath()): Promise<SolanaCliConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new PsycheError('SOLANA_CONFIG', `The solana CLI's settings in ${path} can't be read: check its permissions.`, {
      cause,
    });
  }
  return parseSolanaConfig(text);
}

function unquote(value: string): string {
  const quoted = /^'((?:[^']|'')*)'$/.exec(value);
  if (quoted) return quoted[1].replaceAll("''", "'");
  if (value.startsWith('"')) {
    try {
      return String(JSON.parse(value));
    } catch {
      return '';
    }
  }
  return value === '~' || value === 'null' ? '' : value;
}

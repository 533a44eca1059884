import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addressOfKeypairFile, hasLedger, isAddress, type ProgramFile, startValidator, type Validator } from '../../../../localnet/src/index.js';
import { programIds } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { PROJECT_ROOT } from '../../version.js';
import { untilInterrupted } from '../common/interrupt.js';
import type { LocalnetOptions } from './options.js';

/** Runs the validator until Ctrl-C or SIGTERM. */
export async function localnet(options: LocalnetOptions): Promise<void> {
  if (options.reset && options.ledger === undefined) {
    throw new PsycheError('USAGE', '--reset says what to do with a ledger: name its folder with --ledger, or leave --reset out');
  }
  if (options.mint !== undefined && !isAddress(options.mint)) {
    throw new PsycheError('USAGE', `--mint takes an address, 32 bytes in base58: ${options.mint} is none`);
  }
  const { allowRemote, host, ledger, mint, port, reset, slotMs } = options;
  const isNew = ledger === undefined || reset || !hasLedger(ledger);
  const signal = untilInterrupted();
  const validator = await startValidator({
    allowRemote, host, ledger, mint, port, reset, slotMs, programs: [...ownPrograms(), ...givenPrograms(options.bpfProgram)],
    log: (line) => process.stderr.write(`${line}\n`),
  });
  if (mint !== undefined && !isNew) process.stderr.write(`--mint is for a new chain: the one in ${ledger} goes on as it is\n`);
  if (!options.quiet) process.stdout.write(greeting(validator, options, isNew));
  const interrupted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([interrupted, validator.ended]);
  await validator.stop();
}

/** The project's programs, as they are committed. */
function ownPrograms(): ProgramFile[] {
  return Object.entries(programIds()).map(([name, id]) => ({
    id: id.toBase58(), path: join(PROJECT_ROOT, 'programs', 'deploy', `${name}.so`),
  }));
}

/** Pairs of an address, or a keypair file with one, and a program file. */
export function givenPrograms(list: readonly string[]): ProgramFile[] {
  if (list.length % 2 !== 0) throw new PsycheError('USAGE', '--bpf-program takes two values: the address and the .so file');
  return Array.from({ length: list.length / 2 }, (_, i) => {
    const [id, path] = list.slice(2 * i);
    return { id: existsSync(id) ? addressOfKeypairFile(id) : id, path };
  });
}

function greeting({ bank, url, wsUrl }: Validator, options: LocalnetOptions, isNew: boolean): string {
  const { allowRemote, ledger, mint, slotMs } = options;
  return `Solana, in this process (LiteSVM): a slot every ${slotMs} ms, now slot ${bank.slot}
  RPC      ${url}
  PubSub   ${wsUrl}
  ledger   ${ledger ?? 'in memory: gone when this ends (keep it with --ledger DIR)'}
${allowRemote ? `  faucet   off: others can come in\n${fundedFrom(mint, isNew)}` : `
  solana airdrop 10 -u ${url}`}
  psyche-client create-run --config run.toml -u ${url}

Ctrl-C ends it.
`;
}

/** Where the SOL of a chain without a faucet comes from. */
function fundedFrom(mint: string | undefined, isNew: boolean): string {
  if (!isNew) return '';
  return mint === undefined
    ? '\n  Nobody has any SOL on this new chain: start it with --reset --mint ADDRESS\n' : `  mint     ${mint} has all of the SOL\n`;
}

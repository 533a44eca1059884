import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addressOfKeypairFile, type ProgramFile, startValidator, type Validator } from '../../../../localnet/src/index.js';
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
  const { host, ledger, port, reset, slotMs } = options;
  const signal = untilInterrupted();
  const validator = await startValidator({
    host, ledger, port, reset, slotMs, programs: [...ownPrograms(), ...givenPrograms(options.bpfProgram)],
    log: (line) => process.stderr.write(`${line}\n`),
  });
  if (!options.quiet) process.stdout.write(greeting(validator, options));
  if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
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

function greeting({ bank, url, wsUrl }: Validator, { ledger, slotMs }: LocalnetOptions): string {
  return `Solana, in this process (LiteSVM): a slot every ${slotMs} ms, now slot ${bank.slot}
  RPC      ${url}
  PubSub   ${wsUrl}
  ledger   ${ledger ?? 'in memory: gone when this ends (keep it with --ledger DIR)'}

  solana airdrop 10 -u ${url}
  psyche-client create-run --config run.toml -u ${url}

Ctrl-C ends it.
`;
}

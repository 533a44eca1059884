import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PublicKey } from '@solana/web3.js';
import { type Chain, ChainError, fetchMint, RUN_SPACE } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { encodeManifest } from '../../training/manifest.js';
import { PROJECT_ROOT } from '../../version.js';
import { formatAmount, formatSol } from '../common/amounts.js';
import { type Session, withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import { createRun } from './create-run.js';
import { costOf, fundingOf, rateOf } from './money.js';
import { type CreateRunFlags, TEMPLATES } from './options.js';
import { checkLimits, requirementLines, requirementsOf } from './requirements.js';
import { readSettings, type RunSettings } from './settings.js';

/** Rent exemption: two years of 3,480 lamports for each byte and 128 more. */
const LAMPORTS_PER_BYTE = 6960n;
const ACCOUNT_OVERHEAD = 128;

/** @throws PsycheError `NO_SETTINGS`, `BAD_SETTINGS`, and what {@link createRun} throws */
export async function createRunFromFile(flags: CreateRunFlags): Promise<void> {
  if (flags.template !== false) {
    const name = flags.template === true ? TEMPLATES[0] : flags.template;
    if (!TEMPLATES.includes(name)) throw new PsycheError('NO_TEMPLATE', `There is no template "${name}"; there are ${TEMPLATES.join(', ')}.`);
    process.stdout.write(await readFile(join(PROJECT_ROOT, 'templates', `${name}-run.toml`), 'utf8'));
    return;
  }
  if (flags.config === undefined) throw new PsycheError('NO_SETTINGS', 'Name a file of settings with --config; --template prints one to begin with.');
  const settings = await readSettings(flags.config, { id: flags.id, data: flags.data });
  await withChain(flags, async (session) => (flags.dryRun ? estimate(session, settings, flags) : create(session, settings, flags)));
}

async function create({ chain, signal, keypair }: Session, settings: RunSettings, flags: CreateRunFlags): Promise<void> {
  checkLimits(settings.manifest);
  const log = (line: string): void => void (flags.output === 'text' && process.stdout.write(`${line}\n`));
  const authority = await keypair();
  const before = await chain.balance(authority.publicKey);
  const { run, runId, mint, treasury, funded } = await createRun({ chain, authority, settings, open: flags.open, log }, signal);
  const spent = before - (await chain.balance(authority.publicKey));
  const text = `cost ${formatSol(spent)}, nearly all of it rent that comes back when the run is closed
join it with
  psyche-client join --run ${runId}`;
  print(flags.output, text, {
    runId,
    run: run.toBase58(),
    mint: mint?.address.toBase58(),
    treasury: treasury?.toBase58(),
    funded,
    transactions: chain.spent.transactions,
    lamportsSpent: spent,
  });
}

/** What it would cost, and what it would pay. */
async function estimate({ chain }: Session, settings: RunSettings, flags: CreateRunFlags): Promise<void> {
  const { config, treasury } = settings;
  const manifestBytes = Buffer.byteLength(encodeManifest(settings.manifest));
  const sizes = [RUN_SPACE, 4142, 115];
  const { rent, note } = await rentOf(chain, sizes);
  const requirements = requirementsOf(settings);
  const lines = [
    `settings are sound; the manifest takes ${manifestBytes} of 4096 bytes`,
    ...requirementLines(requirements),
    `rent, which comes back when the run is closed: ${formatSol(rent)}${note}`,
    `network fees of all members together, about: ${formatSol(requirements.feeLamports)}`,
    `points: ${BigInt(config.totalSteps) * config.pointsPerStep} in ${config.totalSteps} steps`,
  ];
  let tokens: object = {};
  if (treasury) {
    const decimals = treasury.mint instanceof PublicKey ? (await fetchMint(chain, treasury.mint)).decimals : treasury.mint.decimals;
    const [cost, funding] = [costOf(settings, rateOf(treasury, decimals)), fundingOf(settings, treasury, decimals)];
    lines.push(`all points are worth ${formatAmount(cost, decimals)} tokens; ${formatAmount(funding, decimals)} would go into the treasury now`);
    tokens = { decimals, cost, funding };
  }
  print(flags.output, lines.join('\n'), { runId: settings.runId, manifestBytes, rentLamports: rent, ...requirements, ...tokens });
}

/** What the cluster asks; where it can't be reached, what Solana's rent has been on every cluster so far. */
async function rentOf(chain: Chain, sizes: readonly number[]): Promise<{ rent: bigint; note: string }> {
  try {
    return { rent: (await Promise.all(sizes.map((size) => chain.rent(size)))).reduce((sum, r) => sum + r), note: '' };
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const rent = sizes.reduce((sum, size) => sum + BigInt(size + ACCOUNT_OVERHEAD) * LAMPORTS_PER_BYTE, 0n);
    return { rent, note: ` (by Solana's usual rate: ${chain.rpcUrl} does not answer)` };
  }
}

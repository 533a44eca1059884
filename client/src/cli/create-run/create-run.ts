import { createHash } from 'node:crypto';
import { type Keypair, PublicKey } from '@solana/web3.js';
import { type Chain, CoordinatorClient, CoordinatorCalls, type MintInfo, runAddress, TreasurerClient, treasuryAddress } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { encodeManifest } from '../../training/manifest.js';
import { formatAmount } from '../common/amounts.js';
import { collateral, fundingOf, rateOf } from './money.js';
import type { RunSettings } from './settings.js';

export interface CreateRunOptions {
  chain: Chain;
  /** Owns the run, pays for it and funds its treasury. */
  authority: Keypair;
  settings: RunSettings;
  /** Whether to open the run to members at the end. Default true. */
  open?: boolean;
  /** Told of each step done. */
  log?: (line: string) => void;
}

export interface CreatedRun {
  run: PublicKey;
  runId: string;
  mint?: MintInfo;
  treasury?: PublicKey;
  /** Base units put into the treasury. */
  funded: bigint;
}

/**
 * Creates a run: account, manifest, treasury, collateral, and opens it to members. What failed on the way can be
 * called again: it goes on where it stopped.
 *
 * @throws PsycheError `RUN_EXISTS`, `RUN_ID_TAKEN`, `TOO_FEW_TOKENS`, `NEW_MINT_ON_MAINNET`; ChainError; the signal's reason
 */
export async function createRun(options: CreateRunOptions, signal?: AbortSignal): Promise<CreatedRun> {
  const { chain, authority, settings, open = true, log = () => {} } = options;
  const { runId } = settings;
  const run = await runAddress(chain.programs, authority.publicKey, runId);
  const coordinator = new CoordinatorClient(chain, run, authority);
  const treasurer = new TreasurerClient(chain, run, authority);

  await createAccount(options, coordinator, signal);
  log(`run ${runId} is at ${run.toBase58()}`);
  await uploadManifest(coordinator, settings, signal);
  log('its manifest is sealed');

  let money: { mint: MintInfo; funded: bigint } | undefined;
  if (settings.treasury) {
    money = await createTreasury(options, treasurer, signal);
    const { mint, funded } = money;
    log(`its treasury holds ${formatAmount(funded, mint.decimals)} tokens of ${mint.address.toBase58()}`);
  }
  if (open) {
    await (money ? treasurer.resumeRun(await treasurer.fetch(), { signal }) : coordinator.resume({ signal }));
    log('it waits for members');
  }
  return { run, runId, ...(money ? { ...money, treasury: treasurer.address } : { funded: 0n }) };
}

async function createAccount({ chain, authority, settings }: CreateRunOptions, coordinator: CoordinatorClient, signal?: AbortSignal): Promise<void> {
  const { runId, config, clientVersion } = settings;
  if (await chain.account(coordinator.run)) {
    const { state } = await coordinator.fetchRun();
    if (state === 'Uninitialized') return void (await coordinator.updateConfig(config, { signal }));
    throw new PsycheError('RUN_EXISTS', `The run ${runId} exists already (${state}): choose another id, or look at it with \`psyche-client run show ${runId}\`.`);
  }
  const treasury = settings.treasury ? treasuryAddress(chain.programs, coordinator.run) : PublicKey.default;
  const calls = await new CoordinatorCalls(chain).createRun(authority.publicKey, { runId, config, clientVersion, treasury });
  try {
    await chain.send(calls, { signers: [authority], signal });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ACCOUNT_IN_USE') throw error;
    throw new PsycheError('RUN_ID_TAKEN', `The id ${runId} belongs to somebody else's run: choose another.`, { cause: error });
  }
}

async function uploadManifest(coordinator: CoordinatorClient, settings: RunSettings, signal?: AbortSignal): Promise<void> {
  const bytes = Buffer.from(encodeManifest(settings.manifest), 'utf8');
  const hash = createHash('sha256').update(bytes).digest();
  if (hash.equals((await coordinator.fetchRun()).manifestHash)) return;
  await coordinator.uploadManifest(bytes, hash, { signal });
}

async function createTreasury({ chain, authority, settings }: CreateRunOptions, treasurer: TreasurerClient, signal?: AbortSignal): Promise<{ mint: MintInfo; funded: bigint }> {
  const wanted = settings.treasury!;
  let mint: MintInfo;
  if (await chain.account(treasurer.address)) {
    ({ mint } = await treasurer.fetch());
  } else {
    mint = await collateral(chain, authority, settings, wanted, signal);
    await treasurer.createTreasury(mint, rateOf(wanted, mint.decimals), { signal });
  }
  const funded = fundingOf(settings, wanted, mint.decimals);
  const { held } = await treasurer.fetch();
  if (held < funded) await treasurer.fund(mint, funded - held, { signal });
  return { mint, funded };
}

import { createHash } from 'node:crypto';
import { type Keypair, PublicKey } from '@solana/web3.js';
import { type Call, type Chain, CoordinatorClient, type MintInfo, runAddress, tokenAddress, TreasurerClient, treasuryAddress } from '../../chain/index.js';
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
  const begun = await isBegun(chain, coordinator, runId);

  // The mint does not need the run, and on a cluster every transaction takes its time.
  const minting = settings.treasury && collateralOf(options, treasurer, signal);
  minting?.catch(() => {});
  await createAccount(options, coordinator, begun, signal);
  log(`run ${runId} is at ${run.toBase58()}`);
  await uploadManifest(coordinator, settings, signal);
  log('its manifest is sealed');

  let money: { mint: MintInfo; funded: bigint } | undefined;
  if (minting) {
    money = await createTreasury(options, treasurer, await minting, signal);
    log(`its treasury holds ${formatAmount(money.funded, money.mint.decimals)} tokens of ${money.mint.address.toBase58()}`);
  }
  if (open) {
    await (money ? treasurer.resumeRun(await treasurer.fetch(), { signal }) : coordinator.resume({ signal }));
    log('it waits for members');
  }
  return { run, runId, ...(money ? { ...money, treasury: treasurer.address } : { funded: 0n }) };
}

/** Whether an earlier attempt made the account. @throws PsycheError `RUN_EXISTS` when it is more than an attempt. */
async function isBegun(chain: Chain, coordinator: CoordinatorClient, runId: string): Promise<boolean> {
  // Lamports that somebody sent to the address make no run.
  if (!(await chain.account(coordinator.run))?.owner.equals(chain.programs.coordinator)) return false;
  const { state } = await coordinator.fetchRun();
  if (state === 'Uninitialized') return true;
  throw new PsycheError('RUN_EXISTS', `The run ${runId} exists already (${state}): choose another id, or look at it with \`psyche-client run show ${runId}\`.`);
}

async function createAccount({ chain, authority, settings }: CreateRunOptions, coordinator: CoordinatorClient, begun: boolean, signal?: AbortSignal): Promise<void> {
  const { runId, config, clientVersion } = settings;
  const joinAuthority = settings.joinAuthority === 'self' ? authority.publicKey : settings.joinAuthority;
  if (begun) {
    await coordinator.updateConfig(config, { signal });
    const was = (await coordinator.fetchRun()).joinAuthority;
    if (was !== joinAuthority?.toBase58()) await coordinator.setJoinAuthority(joinAuthority, { signal });
    return;
  }
  const treasury = settings.treasury ? treasuryAddress(chain.programs, coordinator.run) : PublicKey.default;
  for (let held = await chain.balance(coordinator.run); ; ) {
    const calls = await coordinator.calls.createRun(authority.publicKey, { runId, config, clientVersion, treasury, joinAuthority }, held);
    try {
      await chain.send(calls, { signers: [authority], signal });
      return;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ACCOUNT_IN_USE') throw error;
      const before = held;
      held = await chain.balance(coordinator.run);
      // Somebody sent lamports there meanwhile: that is no reason to fail, but the id's being taken is.
      if (before === 0n && held > 0n) continue;
      throw new PsycheError('RUN_ID_TAKEN', `The id ${runId} belongs to somebody else's run: choose another.`, { cause: error });
    }
  }
}

async function uploadManifest(coordinator: CoordinatorClient, settings: RunSettings, signal?: AbortSignal): Promise<void> {
  const bytes = Buffer.from(encodeManifest(settings.manifest), 'utf8');
  const hash = createHash('sha256').update(bytes).digest();
  if (hash.equals((await coordinator.fetchRun()).manifestHash)) return;
  await coordinator.uploadManifest(bytes, hash, { signal });
}

/** The mint an earlier attempt chose, else that of the settings. */
async function collateralOf({ chain, authority, settings }: CreateRunOptions, treasurer: TreasurerClient, signal?: AbortSignal): Promise<MintInfo> {
  if (await chain.account(treasurer.address)) return (await treasurer.fetch()).mint;
  return collateral(chain, authority, settings, settings.treasury!, signal);
}

async function createTreasury({ chain, authority, settings }: CreateRunOptions, treasurer: TreasurerClient, mint: MintInfo, signal?: AbortSignal): Promise<{ mint: MintInfo; funded: bigint }> {
  const { calls, run } = treasurer;
  const key = authority.publicKey;
  const exists = (await chain.account(treasurer.address)) !== undefined;
  const funded = fundingOf(settings, settings.treasury!, mint.decimals);
  const missing = funded - (exists ? (await treasurer.fetch()).held : 0n);
  const wanted: Call[] = [];
  if (!exists) wanted.push(await calls.createTreasury(key, run, mint, rateOf(settings.treasury!, mint.decimals)));
  if (missing > 0n) wanted.push(await calls.fund(key, run, mint, tokenAddress(mint.address, key, mint.program), missing));
  if (wanted.length > 0) await chain.send(wanted, { signers: [authority], signal });
  return { mint, funded };
}

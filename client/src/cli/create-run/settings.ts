import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PublicKey } from '@solana/web3.js';
import { parse, TomlError } from 'smol-toml';
import { checkRunId, type ConfigArgs, type Rate } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { encodeManifest, type RunManifest } from '../../training/manifest.js';
import { CLIENT_VERSION } from '../../version.js';
import { parseAmount, parseFraction, SOL_DECIMALS } from '../common/amounts.js';
import { dataOf, type DataPaths, tokenizerOf } from './data-settings.js';
import { contextLengthOf, modelOf } from './model-settings.js';
import { TomlFields } from './toml-fields.js';
import { initializationOf, optimizerOf, scheduleOf } from './training-settings.js';

/** All that makes a run. */
export interface RunSettings {
  runId: string;
  clientVersion: string;
  /** Whose authorization joining takes, `self` for the run's authority; absent: anyone may join. */
  joinAuthority?: PublicKey | 'self';
  config: ConfigArgs;
  manifest: RunManifest;
  /** Where the data lies on this machine, as far as the file says. */
  paths: DataPaths;
  /** Absent: points are worth no tokens. */
  treasury?: TreasurySettings;
}

export interface TreasurySettings {
  /** An SPL mint, or the decimals of one to make. */
  mint: PublicKey | { decimals: number };
  /** Tokens, not base units. */
  tokensPerPoint: Rate;
  /** Tokens to put in at once, as people write them, or all that the run costs. */
  fund: string;
}

/** What the command line may say instead of the file. */
export interface SettingsOverrides {
  id?: string;
  /** The text, or a prepared data set, of a run with one. */
  data?: string;
}

const U32 = 2 ** 32 - 1;
const U64 = 2n ** 64n - 1n;

/**
 * Reads a settings file; `templates/demo-run.toml` shows and explains them all.
 *
 * @throws PsycheError `BAD_SETTINGS` naming the field and what it should be; `NO_SETTINGS`, `NO_TEXT`
 */
export async function readSettings(path: string, overrides: SettingsOverrides = {}): Promise<RunSettings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new PsycheError('NO_SETTINGS', `The settings in ${path} can't be read: name a file with --config, or print one with --template.`, { cause });
  }
  return parseSettings(text, dirname(resolve(path)), overrides);
}

/** @param folder what `data.file` is relative to. */
export async function parseSettings(text: string, folder: string, overrides: SettingsOverrides = {}): Promise<RunSettings> {
  let root: unknown;
  try {
    root = parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    throw new PsycheError('BAD_SETTINGS', `The settings are not TOML: line ${cause.line}, column ${cause.column}: ${cause.message.split('\n')[0]}.`, { cause });
  }
  const file = new TomlFields(root, '');
  const run = file.table('run');
  const named = run.text('id', /^.{1,64}$/, "the run's name", overrides.id);
  const runId = checkRunId(overrides.id ?? named);
  const clientVersion = run.text('client_version', /^[\x21-\x7e]{1,32}$/, 'a version of 1 to 32 characters', CLIENT_VERSION);
  const joinAuthority = joinAuthorityOf(run.text('join_authority', /^(none|self|[1-9A-HJ-NP-Za-km-z]{32,44})$/, 'the address of a key, "self" or "none"', 'none'));
  run.end();

  const sequenceLength = contextLengthOf(file.table('model'));
  const config = configOf(file.table('config'), sequenceLength);
  const { manifest, paths } = await manifestOf(file, folder, config, overrides.data);
  const treasury = file.has('treasury') ? treasuryOf(file.table('treasury')) : undefined;
  file.end();
  return { runId, clientVersion, joinAuthority, config, manifest, paths, treasury };
}

function joinAuthorityOf(text: string): RunSettings['joinAuthority'] {
  if (text === 'none') return undefined;
  return text === 'self' ? text : addressOf(text, 'run.join_authority');
}

/** @throws PsycheError `BAD_SETTINGS` */
function addressOf(text: string, field: string): PublicKey {
  try {
    return new PublicKey(text);
  } catch (cause) {
    throw new PsycheError('BAD_SETTINGS', `${field} "${text}" is no address: base58 of 32 bytes.`, { cause });
  }
}

function configOf(t: TomlFields, sequenceLength: number): ConfigArgs {
  const seconds = (key: string, min = 1): number => t.whole(key, min, 366 * 86_400, 'seconds');
  const initMinClients = t.whole('init_min_clients', 1, 256, 'members');
  const batchStart = t.whole('global_batch_size_start', 1, 1 << 20, 'sequences');
  const config: ConfigArgs = {
    warmupTime: seconds('warmup_time'),
    cooldownTime: seconds('cooldown_time'),
    maxRoundTrainTime: seconds('max_round_train_time'),
    roundWitnessTime: seconds('round_witness_time'),
    epochTime: seconds('epoch_time'),
    waitingForMembersExtraTime: seconds('waiting_for_members_extra_time', 0),
    slotMs: t.whole('slot_ms', 10, 10_000, 'milliseconds', 400),
    initMinClients,
    minClients: t.whole('min_clients', 1, initMinClients, 'members, not more than init_min_clients', initMinClients),
    witnessNodes: t.whole('witness_nodes', 0, 32, 'witnesses; 0: all', 0),
    totalSteps: t.whole('total_steps', 1, U32, 'optimizer steps'),
    globalBatchSizeStart: batchStart,
    globalBatchSizeEnd: t.whole('global_batch_size_end', 1, 1 << 20, 'sequences', batchStart),
    globalBatchSizeWarmupTokens: t.bigWhole('global_batch_size_warmup_tokens', 0n, U64, 'tokens', 0n),
    sequenceLength,
    pointsPerStep: t.bigWhole('points_per_step', 0n, U64, 'points'),
    witnessPermille: t.whole('witness_permille', 0, 1000, 'thousandths', 100),
    joinDeposit: parseAmount(t.decimal('join_deposit', '0.001'), SOL_DECIMALS, 'config.join_deposit'),
    verificationPercent: t.whole('verification_percent', 0, 0, 'there are no verifiers yet', 0),
  };
  t.end();
  return config;
}

async function manifestOf(file: TomlFields, folder: string, config: ConfigArgs, data?: string): Promise<{ manifest: RunManifest; paths: DataPaths }> {
  const [model, initialization, source, tokens, optimizer, schedule, checks] = ['model', 'initialization', 'data', 'tokenizer', 'optimizer', 'schedule', 'checks'].map((name) => file.table(name));
  const paths = new Map<string, string>();
  const manifest: RunManifest = {
    version: 1,
    model: modelOf(model),
    initialization: initializationOf(initialization),
    data: await dataOf(source, folder, paths, data),
    tokenizer: await tokenizerOf(tokens, folder, paths),
    optimizer: optimizerOf(optimizer),
    schedule: scheduleOf(schedule, config.totalSteps),
    hashInterval: checks.whole('hash_interval', 1, 1 << 20, 'rounds', 1),
  };
  for (const table of [model, initialization, source, tokens, optimizer, schedule, checks]) table.end();
  encodeManifest(manifest);
  return { manifest, paths };
}

function treasuryOf(t: TomlFields): TreasurySettings {
  const mint = t.text('mint', /^(new|[1-9A-HJ-NP-Za-km-z]{32,44})$/, '"new" or the address of an SPL mint');
  const decimals = t.whole('decimals', 0, 18, 'decimals of a new mint', 6);
  const settings: TreasurySettings = {
    mint: mint === 'new' ? { decimals } : addressOf(mint, 'treasury.mint'),
    tokensPerPoint: parseFraction(t.text('tokens_per_point', /./, 'a decimal such as "0.001" or a fraction such as "1/3"'), 'treasury.tokens_per_point'),
    fund: t.text('fund', /^(all|[\d_.]+)$/, 'tokens in quotes, such as "1000", or "all"', 'all'),
  };
  t.end();
  return settings;
}

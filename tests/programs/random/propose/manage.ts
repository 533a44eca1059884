import { createHash } from 'node:crypto';
import { SystemProgram } from '@solana/web3.js';
import BN from 'bn.js';
import { runAccountCalls } from '../../../../client/src/chain/run-account.js';
import { VERSION } from '../../support/settings.js';
import { kindOf } from '../accounts.js';
import { instanceOf, manifestOf } from '../addresses.js';
import type { Dice } from '../dice.js';
import { coordinator, type Ctx, mostly, type Proposer } from '../proposal.js';
import { RUN_BYTES, STATE } from '../run-bytes.js';

/** Slots of ten seconds: a second is as good as ten. */
const SLOT_MS = 10_000;
/** Slots of a day, which the programs take to last 400 ms whatever a run's settings say. */
export const DAY = (24 * 60 * 60 * 1000) / 400;

/** Settings small enough that a walk comes by every state often. */
function settings(dice: Dice, stepsDone: number): object {
  const slots = (from: number, to: number): number => dice.int(from, to) * 10;
  const minClients = dice.int(1, 2);
  return {
    warmup_time: slots(6, 16),
    cooldown_time: slots(4, 12),
    max_round_train_time: slots(4, 12),
    round_witness_time: slots(2, 6),
    epoch_time: slots(20, 120),
    waiting_for_members_extra_time: slots(0, 4),
    slot_ms: dice.chance(0.03) ? 1 : SLOT_MS,
    init_min_clients: dice.int(minClients, 3),
    min_clients: minClients,
    witness_nodes: dice.chance(0.03) ? 33 : dice.int(0, 3),
    total_steps: stepsDone + dice.int(1, 5),
    global_batch_size_start: dice.int(1, 9),
    global_batch_size_end: dice.int(1, 40),
    global_batch_size_warmup_tokens: new BN(dice.pick([0, 500, 5000])),
    sequence_length: 64,
    points_per_step: new BN(
      dice.pick(['7', '1000', '1000003', dice.chance(0.3) ? '0' : '100', dice.chance(0.1) ? '18446744073709551615' : '10'])
    ),
    witness_permille: dice.pick([0, 100, 333, 1000]),
    join_deposit: new BN(dice.pick([0, 1, 1_000_000])),
    verification_percent: dice.chance(0.02) ? 1 : 0,
  };
}

const authorityOf = ({ world, slot, dice }: Ctx) => mostly(dice, slot.authority, world.actors).publicKey;

export const createRun: Proposer = (ctx) => {
  const { world, slot, dice } = ctx;
  if (!ctx.run && world.account(instanceOf(slot.runId))) world.renew(slot);
  const { runId, address, treasury, authority, permissioned } = world.slots[slot.index];
  const { bank, ids } = world.network;
  // Strangers may have sent something there.
  const made = runAccountCalls(
    authority.publicKey, address, runId, ids.coordinator, bank.svm.rentExemption(RUN_BYTES), world.network.lamports(address),
  );
  const args = {
    run_id: mostly(dice, runId, ['run-0', 'no spaces', '']), config: settings(dice, 0), client_version: VERSION, treasury,
    join_authority: permissioned ? authority.publicKey : SystemProgram.programId,
  };
  const accounts = {
    authority: authority.publicKey, run: address, instance: instanceOf(args.run_id || 'x'), manifest: manifestOf(address),
  };
  const proposal = coordinator(ctx, 'create_run', args, accounts);
  return { ...proposal, instructions: [...made.map((c) => c.instruction), ...proposal.instructions] };
};

const MANIFEST = Buffer.from('{"version":1}');

export const writeManifest: Proposer = (ctx) => {
  const args = {
    offset: mostly(ctx.dice, 0, [13, 4000, 65_535]), bytes: mostly(ctx.dice, MANIFEST, [Buffer.alloc(0), ctx.dice.bytes(200)]),
  };
  return coordinator(ctx, 'write_manifest', args, { authority: authorityOf(ctx), manifest: manifestOf(ctx.slot.address) });
};

export const sealManifest: Proposer = (ctx) => {
  const manifest = ctx.world.account(manifestOf(ctx.slot.address));
  const length = mostly(ctx.dice, MANIFEST.length, [0, 4096, 4097]);
  // What was written, wherever it was; a manifest that never was is sealed as zeros.
  const written = kindOf(manifest) === 'Manifest' ? manifest!.data.subarray(-4096).subarray(0, length) : MANIFEST;
  const hash = mostly(ctx.dice, createHash('sha256').update(written).digest(), [ctx.dice.bytes(32)]);
  return coordinator(
    ctx, 'seal_manifest', { length, hash: [...hash] }, { authority: authorityOf(ctx), manifest: manifestOf(ctx.slot.address) },
  );
};

export const updateConfig: Proposer = (ctx) =>
  coordinator(
    ctx, 'update_config', { config: settings(ctx.dice, Number(ctx.run?.n.step ?? 0)) }, { authority: authorityOf(ctx) },
  );

export const updateClientVersion: Proposer = (ctx) =>
  coordinator(
    ctx, 'update_client_version', { client_version: mostly(ctx.dice, VERSION, ['0.2.0', '', 'x'.repeat(33)]) },
    { authority: authorityOf(ctx) },
  );

/** Without a treasury program between: by the authority, or the key that stands for the treasury. */
export const resume: Proposer = (ctx) => {
  const { world, slot, dice } = ctx;
  const signer = slot.payer === 'wallet' ? world.wallet : slot.authority;
  return coordinator(ctx, 'resume', {}, { signer: mostly(dice, signer, world.actors).publicKey });
};

export const pause: Proposer = (ctx) => coordinator(ctx, 'pause', {}, { authority: authorityOf(ctx) });

/** After thirty days of pause, or too early. */
export const finish: Proposer = (ctx) => ({
  ...coordinator(ctx, 'finish', {}, { authority: authorityOf(ctx) }),
  wait: ctx.run?.state === STATE.Paused && ctx.dice.chance(0.7) ? 30 * DAY : 0,
});

export const closeRun: Proposer = (ctx) =>
  coordinator(
    ctx, 'close_run', {},
    { authority: authorityOf(ctx), instance: instanceOf(ctx.slot.runId), manifest: manifestOf(ctx.slot.address) },
  );

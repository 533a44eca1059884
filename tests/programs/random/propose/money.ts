import { type Keypair, SystemProgram } from '@solana/web3.js';
import BN from 'bn.js';
import type { Node } from '../../support/scene.js';
import { kindOf, readMember, readPaid, readPayout, readToken, readTreasury } from '../accounts.js';
import { claimRecordOf, instanceOf, manifestOf, memberOf, tokensAt } from '../addresses.js';
import { coordinator, type Ctx, mostly, type Proposer, someNode, treasurer } from '../proposal.js';
import { enrolled, payoutOf } from './members.js';

const big = (value: bigint): BN => new BN(value.toString());
const rate = ({ dice }: Ctx): { num: BN; den: BN } => (
  {
    num: new BN(dice.chance(0.05) ? 0 : dice.pick([1, 3, 7, 1000])),
    den: new BN(mostly(dice, dice.pick([1, 2, 3, 7, 1000]), [0])),
  }
);

/** Mint, vault and token program of the run's treasury. */
function collateral({ world, slot }: Ctx) {
  const mint = world.mintOf(slot);
  return { mint: mint.address, vault: world.vaultOf(slot), token_program: mint.program };
}

/** Whether the slot's run has a treasury account. */
export const hasTreasury = ({ world, slot }: Ctx): boolean => kindOf(world.account(slot.treasury)) === 'Treasury';

/** Whether the slot's run is to have one. */
export const isPaid = ({ slot }: Ctx): boolean => slot.payer === 'spl' || slot.payer === 'fee';

const held = ({ world, slot }: Ctx): bigint => {
  const vault = world.account(world.vaultOf(slot));
  return kindOf(vault) === 'token' ? readToken(vault!.data).amount : 0n;
};

export const createTreasury: Proposer = (ctx) => {
  const { num, den } = rate(ctx);
  const accounts = { authority: mostly(ctx.dice, ctx.slot.authority, ctx.world.actors).publicKey, ...collateral(ctx) };
  return treasurer(ctx, 'create_treasury', { rate_num: num, rate_den: den }, accounts);
};

/** What the rest of the run can cost, or a part of it. */
export const fund: Proposer = (ctx) => {
  const { world, slot, dice, run } = ctx;
  const funder = mostly(dice, dice.pick([slot.authority, ...world.strangers]), world.actors);
  const steps = run ? run.config.totalSteps - run.n.step : 1n;
  const needed = run ? (
    steps * run.config.pointsPerStep + run.n.carry
  ) * (run.n.nextRateNum + 1n) / run.n.nextRateDen + (run.owedTotal >> 64n) : 1n;
  const amount = dice.pick([needed, needed * 2n, needed / 3n, BigInt(dice.int(0, 5000))]) % 10n ** 13n;
  return treasurer(
    ctx, 'fund', { amount: big(amount) },
    { funder: funder.publicKey, from: tokensAt(world.mintOf(slot), funder.publicKey), ...collateral(ctx) },
  );
};

/** By the treasurer, in the authority's name. */
export const setRate: Proposer = (ctx) => {
  const authority = mostly(ctx.dice, ctx.slot.authority, ctx.world.actors).publicKey;
  return treasurer(ctx, 'set_exchange_rate', rate(ctx), { authority, vault: ctx.world.vaultOf(ctx.slot) });
};

/** Past the treasurer, as only a treasury that is a key can. */
export const setRateDirectly: Proposer = (ctx) =>
  coordinator(ctx, 'set_exchange_rate', rate(ctx), { treasury: mostly(ctx.dice, ctx.world.wallet, ctx.world.actors).publicKey });

export const resumeRun: Proposer = (ctx) =>
  treasurer(
    ctx, 'resume_run', {},
    { authority: mostly(ctx.dice, ctx.slot.authority, ctx.world.actors).publicKey, vault: ctx.world.vaultOf(ctx.slot) },
  );

/** Whether there is something left to claim. */
function isDue({ world, slot }: Ctx, node: Node): boolean {
  const member = memberOf(slot.address, node.key.publicKey);
  const record = world.account(claimRecordOf(slot.treasury, member));
  return readMember(world.account(member)!.data).owed >> 64n > (kindOf(record) === 'ClaimRecord' ? readPaid(record!.data) : 0n);
}

/** The nodes that something is owed to. */
export const creditors = (ctx: Ctx): Node[] => enrolled(ctx).filter((n) => isDue(ctx, n));

export const claim: Proposer = (ctx) => {
  const { world, slot, dice } = ctx;
  const due = creditors(ctx);
  const node = someNode(ctx, due.length > 0 ? due : enrolled(ctx));
  const member = memberOf(slot.address, node.key.publicKey);
  const payout = payoutOf(ctx, node);
  const accounts = {
    payout: mostly(dice, payout, world.actors).publicKey, member, claim_record: claimRecordOf(slot.treasury, member),
    payout_token: tokensAt(world.mintOf(slot), payout.publicKey), ...collateral(ctx),
  };
  return treasurer(ctx, 'claim', { max_amount: dice.chance(0.3) ? new BN(dice.pick([0, 1, 100, 1_000_000])) : null }, accounts);
};

export const withdraw: Proposer = (ctx) => {
  const { world, slot, dice } = ctx;
  const treasury = world.account(slot.treasury);
  const paid = kindOf(treasury) === 'Treasury' ? readTreasury(treasury!.data).paid : 0n;
  const owed = ctx.run?.owedTotal ?? 0n;
  const kept = (owed >> 64n) + ((owed & (2n ** 64n - 1n)) === 0n ? 0n : 1n) - paid;
  const free = held(ctx) - (ctx.run && kept > 0n ? kept : 0n);
  const amount = dice.pick([free, free, free + 1n, free / 2n, held(ctx)]);
  const authority = mostly(dice, slot.authority, world.actors).publicKey;
  return treasurer(
    ctx, 'withdraw', { amount: big(amount < 0n ? 0n : amount) },
    { authority, to: tokensAt(world.mintOf(slot), authority), ...collateral(ctx) },
  );
};

export const closeTreasury: Proposer = (ctx) =>
  treasurer(
    ctx, 'close_treasury', {},
    { authority: mostly(ctx.dice, ctx.slot.authority, ctx.world.actors).publicKey, ...collateral(ctx) },
  );

/** Who was paid for a node: its record says so. */
function recordedPayout({ world, slot }: Ctx, node: Node): Keypair {
  const record = world.account(claimRecordOf(slot.treasury, memberOf(slot.address, node.key.publicKey)));
  return (kindOf(record) === 'ClaimRecord' && world.keypairOf(readPayout(record!.data))) || node.payout;
}

/** The nodes that have a claim record. */
export const recorded = ({ world, slot }: Ctx): Node[] =>
  world.nodes.filter(
    (n) => kindOf(world.account(claimRecordOf(slot.treasury, memberOf(slot.address, n.key.publicKey)))) === 'ClaimRecord'
  );

export const closeClaimRecord: Proposer = (ctx) => {
  const { world, slot, dice } = ctx;
  const node = someNode(ctx, recorded(ctx));
  const member = memberOf(slot.address, node.key.publicKey);
  return treasurer(
    ctx, 'close_claim_record', {},
    {
      payout: mostly(dice, recordedPayout(ctx, node), world.actors).publicKey, member,
      claim_record: claimRecordOf(slot.treasury, member),
    },
  );
};

/** Moves the transfer fees that a vault withholds to the mint, as anyone may: with them it can't be closed. */
export const harvest: Proposer = (ctx) => {
  const { world, slot } = ctx;
  if (slot.payer !== 'fee') return undefined;
  const { address, program } = world.mintOf(slot);
  return {
    name: 'token.harvest',
    instructions: [world.spl.createHarvestWithheldTokensToMintInstruction(address, [world.vaultOf(slot)], program)],
  };
};

/** Lamports from a stranger to an account of the programs, whether it is there yet or not. */
export const giveLamports: Proposer = ({ world, slot, dice }) => {
  const node = dice.pick(world.nodes).key.publicKey;
  const to = dice.pick(
    [slot.address, slot.treasury, memberOf(slot.address, node), manifestOf(slot.address), instanceOf(slot.runId)]
  );
  const transfer = SystemProgram.transfer(
    { fromPubkey: dice.pick(world.strangers).publicKey, toPubkey: to, lamports: dice.int(1, 3_000_000) }
  );
  return { name: 'system.transfer', instructions: [transfer] };
};

/** Tokens from a stranger straight into a vault, past `fund`. */
export const giveTokens: Proposer = (ctx) => {
  const { world, slot, dice } = ctx;
  if (!isPaid(ctx)) return undefined;
  const mint = world.mintOf(slot);
  const from = dice.pick(world.strangers).publicKey;
  const [source, vault] = [tokensAt(mint, from), world.vaultOf(slot)];
  return {
    name: 'token.transfer',
    instructions: [
      world.spl.createTransferCheckedInstruction(
        source, mint.address, vault, from, dice.int(1, 900), mint.decimals, [], mint.program,
      ),
    ],
  };
};

import { type Keypair, SystemProgram } from '@solana/web3.js';
import type { Node } from '../../support/scene.js';
import { kindOf, readMember } from '../accounts.js';
import { memberOf } from '../addresses.js';
import { about, coordinator, type Ctx, hexOf, mostly, type Proposal, type Proposer, someNode } from '../proposal.js';
import { MEMBER, NO_KEY, STATE } from '../run-bytes.js';
import { hash } from '../world.js';
import { DAY } from './manage.js';
import { authorizationFor, authorized } from './permission.js';

const accountsOf = ({ slot }: Ctx, node: Node) => (
  { node: node.key.publicKey, member: memberOf(slot.address, node.key.publicKey) }
);

/** The nodes that have an account in the run. */
export const enrolled = ({ world, slot }: Ctx): Node[] =>
  world.nodes.filter((n) => kindOf(world.account(memberOf(slot.address, n.key.publicKey))) === 'Member');

export const joinRun: Proposer = (ctx) => {
  const { world, dice, run } = ctx;
  const pending = new Set(run?.pending.map((p) => p.key));
  const admitted = run?.joinAuthority === NO_KEY ? undefined : authorized(ctx);
  const node = someNode(ctx, world.nodes.filter((n) => !pending.has(hexOf(n.key)) && (!admitted || admitted.has(hexOf(n.key)))));
  const args = {
    payout: mostly(dice, node.payout.publicKey, [SystemProgram.programId, world.strangers[0].publicKey]),
    capacity: mostly(dice, dice.int(1, 8), [0, 9, 255]),
    address: mostly<object>(
      dice, { None: {} },
      [{ Multiaddr: { bytes: dice.bytes(12) } }, { Multiaddr: { bytes: dice.bytes(49) } }, { ThroughMember: { index: 300 } }],
    ),
    client_version: mostly(dice, run?.clientVersion ?? '', ['9', '']),
  };
  const authorization = authorizationFor(ctx, node.key);
  return coordinator(ctx, 'join_run', args, { ...accountsOf(ctx, node), ...(authorization ? { authorization } : {}) });
};

export const leaveRun: Proposer = (ctx) => {
  const present = new Set(ctx.run?.members.map((m) => m.key));
  const here = enrolled(ctx);
  const free = here.filter((n) => !present.has(hexOf(n.key)));
  return coordinator(ctx, 'leave_run', {}, accountsOf(ctx, someNode(ctx, free.length > 0 ? free : here)));
};

export const warmupWitness: Proposer = (ctx) => {
  const { world, dice, run } = ctx;
  if (!run) return undefined;
  const cold = run.members.filter((m) => m.state === MEMBER.JOINED).map((m) => world.nodeOf(m.key));
  return coordinator(
    ctx, 'warmup_witness', { epoch: about(dice, Number(run.n.epoch)) }, { node: someNode(ctx, cold).key.publicKey },
  );
};

/** The hash that honest members have at an epoch's end. */
const finalHash = (ctx: Ctx, epoch: number): Buffer => hash(`θ of ${ctx.slot.runId}/${epoch}`);

export const cooldownWitness: Proposer = (ctx) => {
  const { world, dice, run } = ctx;
  if (!run) return undefined;
  const entitled = run.members.filter((m) => m.forfeited === 0 && m.state !== MEMBER.CONVICTED);
  const voters = entitled.filter((m) => m.cooldownVoted === 0 || dice.chance(0.1)).map((m) => world.nodeOf(m.key));
  const epoch = Number(run.n.epoch);
  const args = { epoch: about(dice, epoch), hash: [...(dice.chance(0.08) ? hash('another θ') : finalHash(ctx, epoch))] };
  return coordinator(ctx, 'cooldown_witness', args, { node: someNode(ctx, voters).key.publicKey });
};

export const checkpoint: Proposer = (ctx) => {
  const { world, dice, run } = ctx;
  if (!run) return undefined;
  const elected = run.checkpointers.flatMap((i) => (run.members[i] ? [world.nodeOf(run.members[i].key)] : []));
  const args = {
    epoch: about(dice, Number(run.n.epoch) - (run.state === 5 ? 0 : 1)) >>> 0,
    hash: [...mostly(dice, Buffer.from(run.epochHash, 'hex'), [dice.bytes(32)])],
    location: mostly(dice, 'https://example.org/θ', ['', 'x'.repeat(129)]),
  };
  return coordinator(ctx, 'checkpoint', args, { node: someNode(ctx, elected).key.publicKey });
};

/** Who may claim for a node: whom it named when it joined. */
export function payoutOf({ world, slot }: Ctx, node: Node): Keypair {
  const member = world.account(memberOf(slot.address, node.key.publicKey));
  return (kindOf(member) === 'Member' && world.keypairOf(readMember(member!.data).payout)) || node.payout;
}

/** By the node, and mostly its payout key, which has to sign where the member has points; or, long after the run's end, by anyone. */
export const closeMember: Proposer = (ctx): Proposal => {
  const node = someNode(ctx, enrolled(ctx));
  const payout = payoutOf(ctx, node);
  const proposal = coordinator(ctx, 'close_member', {}, { ...accountsOf(ctx, node), payout: payout.publicKey });
  const signing = ctx.dice.weighted([[8, [node.key, payout]], [1, [node.key]], [1, []]]);
  for (const meta of proposal.instructions[0].keys) meta.isSigner = signing.some((k) => k.publicKey.equals(meta.pubkey));
  const late = signing.length === 0 && ctx.run?.state === STATE.Finished && ctx.dice.chance(0.3);
  return { ...proposal, wait: late ? 90 * DAY : 0 };
};

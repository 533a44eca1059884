import { SystemProgram, type Keypair, type PublicKey } from '@solana/web3.js';
import { kindOf, readAuthorization } from '../accounts.js';
import { pda } from '../addresses.js';
import { coordinator, type Ctx, hexOf, mostly, type Proposal, type Proposer } from '../proposal.js';
import { NO_KEY } from '../run-bytes.js';

const JOIN_SCOPE = Buffer.from('psyche-join');

interface Grant {
  grantor: Keypair;
  grantee: Keypair;
  scope: Buffer;
}

const addressOf = ({ grantor, grantee, scope }: Grant): PublicKey =>
  pda('authorizer', 'authorization', grantor.publicKey, grantee.publicKey, scope);

/** Grants that the authority of a run can give: to a node, or to somebody who has nodes, for all its runs or one. */
const grants = ({ world, slot }: Ctx): Grant[] =>
  [...world.nodes.map((n) => n.key), world.strangers[1]].flatMap((grantee) =>
    [JOIN_SCOPE, slot.address.toBuffer()].map((scope) => ({ grantor: slot.authority, grantee, scope })));

const stored = ({ world }: Ctx, grant: Grant) => {
  const account = world.account(addressOf(grant));
  return kindOf(account) === 'Authorization' ? readAuthorization(account!.data) : undefined;
};

/** One that is there, if any is. */
function given(ctx: Ctx): Grant {
  const all = grants(ctx);
  const there = all.filter((g) => stored(ctx, g));
  return mostly(ctx.dice, ctx.dice.pick(there.length > 0 ? there : all), all);
}

/** Nodes that an authorization lets join. */
export const authorized = (ctx: Ctx): Set<string> => new Set(grants(ctx).flatMap((g) => {
  const found = stored(ctx, g);
  return found?.active ? [hexOf(g.grantee), ...found.delegates] : [];
}));

/** The authorization by which a node may join, or one by which it may not; none where the run asks for none. */
export function authorizationFor(ctx: Ctx, node: Keypair): PublicKey | undefined {
  if (ctx.dice.chance(0.03) || !ctx.run || ctx.run.joinAuthority === NO_KEY) return undefined;
  const all = grants(ctx);
  const fitting = all.find((g) => {
    const found = stored(ctx, g);
    return found?.active && (g.grantee === node || found.delegates.includes(hexOf(node)));
  });
  return addressOf(mostly(ctx.dice, fitting ?? given(ctx), all));
}

function authorizer({ world }: Ctx, name: string, args: object, grant: Grant, accounts: Record<string, PublicKey>): Proposal {
  return {
    name: `authorizer.${name}`,
    instructions: [world.authorizer.build(name, args, { authorization: addressOf(grant), ...accounts })],
  };
}

export const createAuthorization: Proposer = (ctx) => {
  const all = grants(ctx);
  const missing = all.filter((g) => !stored(ctx, g));
  const grant = mostly(ctx.dice, ctx.dice.pick(missing.length > 0 ? missing : all), all);
  const scope = mostly(ctx.dice, grant.scope, [Buffer.alloc(0), Buffer.alloc(33, 1)]);
  const grantor = mostly(ctx.dice, grant.grantor, ctx.world.actors).publicKey;
  return authorizer(
    ctx, 'create_authorization', { grantee: grant.grantee.publicKey, scope }, { ...grant, scope: scope.subarray(0, 32) },
    { grantor },
  );
};

export const setActive: Proposer = (ctx) => {
  const grant = given(ctx);
  const active = ctx.dice.chance(0.9) ? !(stored(ctx, grant)?.active ?? false) : true;
  return authorizer(
    ctx, 'set_active', { active }, grant, { grantor: mostly(ctx.dice, grant.grantor, ctx.world.actors).publicKey },
  );
};

export const setDelegates: Proposer = (ctx) => {
  const grant = given(ctx);
  const nodes = ctx.world.nodes.map((n) => n.key.publicKey).filter(() => ctx.dice.chance(0.5));
  const delegates = mostly(
    ctx.dice, nodes, [[SystemProgram.programId], [...nodes, ...nodes], ctx.world.actors.map((k) => k.publicKey).slice(0, 17)],
  );
  return authorizer(
    ctx, 'set_delegates', { delegates }, grant, { grantee: mostly(ctx.dice, grant.grantee, ctx.world.actors).publicKey },
  );
};

export const closeAuthorization: Proposer = (ctx) => {
  const grant = given(ctx);
  const grantor = mostly(ctx.dice, grant.grantor, ctx.world.actors).publicKey;
  return authorizer(ctx, 'close_authorization', {}, grant, { grantor, grantee: grant.grantee.publicKey });
};

/** Asks for authorizations from now on, or for none any more. */
export const setJoinAuthority: Proposer = (ctx) => {
  const { slot, dice, world } = ctx;
  const joinAuthority = slot.permissioned !== dice.chance(0.2) ? slot.authority.publicKey : SystemProgram.programId;
  return coordinator(
    ctx, 'set_join_authority', { join_authority: joinAuthority },
    { authority: mostly(dice, slot.authority, world.actors).publicKey },
  );
};

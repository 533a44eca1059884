import { CoordinatorClient, TreasurerClient, tokenAddress, tokenBalance } from '../../chain/index.js';
import type { TreasuryView } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { parseAddress } from '../common/address.js';
import { formatAmount, parseAmount } from '../common/amounts.js';
import { type Session, withChain } from '../common/open-chain.js';
import { print } from '../common/output.js';
import { coverageOf } from './coverage.js';
import type { RunFlags } from './options.js';
import { describeRun } from './show.js';

export function show(run: string, flags: RunFlags): Promise<void> {
  return withChain(flags, async ({ chain }) => {
    const client = await CoordinatorClient.open(chain, run);
    const view = await client.fetchRun();
    const [treasury, slot] = await Promise.all([
      view.treasury === undefined ? undefined : new TreasurerClient(chain, client.run).fetch(),
      chain.slot(),
    ]);
    const money = treasury && { treasury, coverage: coverageOf(view, treasury) };
    print(flags.output, describeRun(view, slot, money), { ...view, slot, ...money });
  });
}

export function pause(run: string, flags: RunFlags): Promise<void> {
  return withChain(flags, async (session) => {
    const client = await signing(session, run);
    const { signature } = await client.pause({ signal: session.signal });
    const { state } = await client.fetchRun();
    print(flags.output, state === 'Paused' ? `${run} is paused.` : `${run} pauses after its epoch.`, { signature, state });
  });
}

export function resume(run: string, flags: RunFlags): Promise<void> {
  return withChain(flags, async (session) => {
    const client = await signing(session, run);
    const view = await client.fetchRun();
    const treasurer = new TreasurerClient(session.chain, client.run, client.signer);
    const waiting = { signal: session.signal };
    const sent = view.treasury === undefined ? await client.resume(waiting) : await treasurer.resumeRun(await treasurer.fetch(), waiting);
    print(flags.output, `${run} is open: it waits for ${view.epoch === 0 ? view.config.initMinClients : view.config.minClients} members.`, {
      signature: sent.signature,
    });
  });
}

/** @param whose a key, `self` for the signer's, `none` for a run that anyone may join. */
export function setJoinAuthority(run: string, flags: RunFlags, whose: string): Promise<void> {
  return withChain(flags, async (session) => {
    const client = await signing(session, run);
    const key = whose === 'none' ? undefined : whose === 'self' ? client.signer!.publicKey : parseAddress(whose);
    const { signature } = await client.setJoinAuthority(key, { signal: session.signal });
    const text = `${key === undefined ? `${run} is open to anyone now.` : `Joining ${run} takes an authorization by ${key.toBase58()} now.`} Whoever was on the list for the next epoch has to join again.`;
    print(flags.output, text, { signature, joinAuthority: key?.toBase58() ?? null });
  });
}

export function tick(run: string, flags: RunFlags): Promise<void> {
  return withChain(flags, async (session) => {
    const client = await signing(session, run);
    const { signature } = await client.tick({ signal: session.signal });
    const { state, epoch, round, step } = await client.fetchRun();
    print(flags.output, `${run} is in ${state}, epoch ${epoch}, round ${round}, step ${step}.`, { signature, state, epoch, round, step });
  });
}

export function fund(run: string, flags: RunFlags, amount: string): Promise<void> {
  return withChain(flags, async (session) => {
    const { treasurer, treasury } = await withTreasury(session, run);
    const units = parseAmount(amount, treasury.mint.decimals);
    const funder = (await session.keypair()).publicKey;
    const has = await tokenBalance(session.chain, tokenAddress(treasury.mint.address, funder, treasury.mint.program));
    if (has < units) {
      throw new PsycheError(
        'TOO_FEW_TOKENS',
        `${funder.toBase58()} holds ${formatAmount(has, treasury.mint.decimals)} of the ${amount} tokens (mint ${treasury.mint.address.toBase58()}): send it some first.`,
      );
    }
    const { signature } = await treasurer.fund(treasury.mint, units, { signal: session.signal });
    const held = formatAmount((await treasurer.fetch()).held, treasury.mint.decimals);
    print(flags.output, `Added ${amount} tokens; the treasury of ${run} holds ${held}.`, { signature, amount: units, held });
  });
}

export function withdraw(run: string, flags: RunFlags, amount: string): Promise<void> {
  return withChain(flags, async (session) => {
    const { client, treasurer, treasury } = await withTreasury(session, run);
    const { free } = coverageOf(await client.fetchRun(), treasury);
    const units = amount === 'all' ? free : parseAmount(amount, treasury.mint.decimals);
    if (units === 0n) throw new PsycheError('NOTHING_FREE', `All that the treasury of ${run} holds is owed to members: there is nothing to withdraw.`);
    const { signature } = await treasurer.withdraw(treasury.mint, units, { signal: session.signal });
    print(flags.output, `Withdrew ${formatAmount(units, treasury.mint.decimals)} tokens.`, { signature, amount: units });
  });
}

async function signing(session: Session, run: string): Promise<CoordinatorClient> {
  return CoordinatorClient.open(session.chain, run, await session.keypair());
}

async function withTreasury(session: Session, run: string): Promise<{ client: CoordinatorClient; treasurer: TreasurerClient; treasury: TreasuryView }> {
  const client = await signing(session, run);
  const treasurer = new TreasurerClient(session.chain, client.run, client.signer);
  return { client, treasurer, treasury: await treasurer.fetch() };
}

export { close } from './close.js';
export { finish } from './finish.js';

import type { Keypair, PublicKey } from '@solana/web3.js';
import { claimRecordAddress, memberAddress, tokenAddress, treasuryAddress } from '../../client/src/chain/addresses.js';
import { type Load, loadOf } from '../../client/src/chain/load.js';
import { splToken } from '../../client/src/chain/spl-token.js';
import { createTokenAccountCall, type MintInfo } from '../../client/src/chain/tokens.js';
import type { Costs } from '../../tests/programs/support/costs.js';
import { coolDown, playRound, startTraining } from '../../tests/programs/support/epoch.js';
import { EXTENSIONS } from '../../tests/programs/support/extensions.js';
import { Scene } from '../../tests/programs/support/scene.js';
import { SETTINGS } from '../../tests/programs/support/settings.js';
import { createMint, mintTo, tokens } from '../../tests/programs/support/tokens.js';
import type { Accounts } from './accounts.js';
import { type RunBytes, Snapshot } from './patch.js';

const DAY_SLOTS = (86_400 * 1000) / SETTINGS.slotMs;
const RATE = { num: 7n, den: 3n };

const WAITING_FOR_MEMBERS = 1;
/** As many on the list and in the last epoch as there can be. */
const fullList = (run: RunBytes): void => {
  for (const field of ['membersLen', 'pendingLen', 'memberAccounts']) run.set(256, field);
};

/** A treasury from its making to its closing, with a plain SPL token or one of Token-2022 that takes a fee of transfers. */
export async function measureMoney(costs: Costs, accounts: Accounts, kind: 'SPL' | 'Token-2022'): Promise<void> {
  const { network } = costs;
  const { treasurer, coordinator, ids } = network;
  const named = (label: string): string => `${label} (${kind})`;
  const scene = await Scene.sealed({ network, runId: `paid in ${kind}`.replaceAll(' ', '-'), treasury: true, settings: { totalSteps: 2 } });
  const { authority, run } = scene;
  const mint = await createMint(network, authority, { name: `mint ${kind}`, extensions: kind === 'SPL' ? [] : [EXTENSIONS.transferFee, EXTENSIONS.metadataPointer] });
  const treasury = treasuryAddress(ids, run);
  const vault = tokenAddress(mint.address, treasury, mint.program);
  await costs.of(named('create_treasury'), treasurer.createTreasury(authority.publicKey, run, mint, RATE), authority);
  const from = await mintTo(network, authority, mint, authority, 1_000_000_000n);
  await costs.of(named('fund'), treasurer.fund(authority.publicKey, run, mint, from, 1_000_000n), authority);
  const setRate = (load?: Load) => treasurer.setExchangeRate(authority.publicKey, run, vault, RATE, load);
  await costs.of('set_exchange_rate', setRate(loadOf(scene.view())), authority);
  const before = new Snapshot(scene);
  before.restore(fullList);
  await costs.of('set_exchange_rate that empties a list of 256', setRate(), authority);
  before.restore((bytes) => {
    fullList(bytes);
    bytes.set(WAITING_FOR_MEMBERS, 'state');
    bytes.set(1, 'nextRateNum');
  });
  await costs.of('set_exchange_rate that has to be covered', setRate(), authority);
  before.restore();
  await costs.of('resume_run', treasurer.resumeRun(authority.publicKey, run, vault), authority);
  accounts.note('Treasury', treasury);
  accounts.note(named('its vault'), vault);

  const nodes = scene.nodes(3);
  await startTraining(scene, nodes);
  for (let step = 0; step < 2; step++) await playRound(scene, nodes);
  await coolDown(scene, nodes);
  for (const { key, payout } of nodes) {
    const claim = (amount?: bigint) => treasurer.claim(payout.publicKey, run, key.publicKey, mint, amount);
    await costs.of(named('token account, claim, first'), [await createTokenAccountCall(payout.publicKey, payout.publicKey, mint), await claim(1n)], payout);
    await costs.of(named('token account, claim, later'), [await createTokenAccountCall(payout.publicKey, payout.publicKey, mint), await claim()], payout);
    accounts.note('ClaimRecord', claimRecordAddress(ids, treasury, memberAddress(ids, run, key.publicKey)));
  }
  await costs.of(named('withdraw'), treasurer.withdraw(authority.publicKey, run, mint, from, 10n), authority);
  const close = ({ key, payout }: (typeof nodes)[0], bySelf: boolean) =>
    coordinator.closeMember(key.publicKey, payout.publicKey, run, bySelf, bySelf, loadOf(scene.view()));
  for (const node of nodes.slice(1)) await costs.of('close_member', close(node, true), node.key, node.payout);
  scene.pass(90 * DAY_SLOTS);
  await costs.of('close_member, by anyone', close(nodes[0], false), scene.anyone);
  await scene.ok('closeRun', authority, scene.runId);
  for (const { key, payout } of nodes) await costs.of('close_claim_record', treasurer.closeClaimRecord(payout.publicKey, run, key.publicKey), payout);
  await costs.of(named('withdraw, of a closed run'), treasurer.withdraw(authority.publicKey, run, mint, from, tokens(network, vault)), authority);
  if (kind !== 'SPL') await harvest(costs, mint, vault, authority);
  await costs.of(named('close_treasury'), treasurer.closeTreasury(authority.publicKey, run, mint), authority);
}

/** Token-2022 closes no account that withheld fees: anyone may move them to the mint. */
async function harvest({ network }: Costs, mint: MintInfo, vault: PublicKey, payer: Keypair): Promise<void> {
  const { createHarvestWithheldTokensToMintInstruction } = await splToken();
  const instruction = createHarvestWithheldTokensToMintInstruction(mint.address, [vault], mint.program);
  await network.ok({ name: 'harvest', instruction, computeUnits: 20_000 }, payer);
}

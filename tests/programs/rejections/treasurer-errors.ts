import type { PublicKey } from '@solana/web3.js';
import {
  memberAddress, TOKEN_2022_PROGRAM, TOKEN_PROGRAM, tokenAddress, treasuryAddress,
} from '../../../client/src/chain/addresses.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import type { Rate } from '../../../client/src/chain/treasurer-calls.js';
import { EXTENSIONS } from '../support/extensions.js';
import type { Node } from '../support/scene.js';
import { createMint } from '../support/tokens.js';
import { both, type Edit, type Provocations, swapped, TOKENS_AT, when } from './provocation.js';
import type { Played, Stage } from './stage.js';
import { VALID_CALLS } from './valid-calls.js';

const MOST = 2n ** 64n - 1n;

const fund = ({ run: { paid, scene } }: Stage, amount: bigint): Promise<Call> =>
  scene.network.treasurer.fund(
    paid.authority.publicKey, scene.run, paid.mint, ownTokens(paid.authority.publicKey, paid.mint.address), amount,
  );
const ownTokens = (owner: PublicKey, mint: PublicKey): PublicKey => tokenAddress(mint, owner, TOKEN_PROGRAM);
/** The call with one of its accounts taken from the twin. */
const crossed = async (call: Promise<Call>, own: PublicKey, twin: PublicKey): Promise<Call> => swapped(await call, own, twin);
const setRate = (rate: Rate) => ({ run: { paid } }: Stage): Promise<Call> => paid.setRate(rate);
const claim = (amount?: bigint) => ({ run: { paid, nodes } }: Stage): Promise<Call> => paid.claim(nodes[0], amount);
const withdraw = (amount: bigint) => ({ run: { paid } }: Stage): Promise<Call> => paid.withdraw(amount);
const closeTreasury = (by: PublicKey) => ({ paid, scene }: Played): Promise<Call> =>
  scene.network.treasurer.closeTreasury(by, scene.run, paid.mint);
const closeRecord = ({ scene }: Played, node: Node, by = node): Promise<Call> =>
  scene.network.treasurer.closeClaimRecord(by.payout.publicKey, scene.run, node.key.publicKey);
const removeMember = ({ scene }: Played, node: Node, edit: Edit): void =>
  edit(memberAddress(scene.network.ids, scene.run, node.key.publicKey), null);
const settled = (stage: Stage): Promise<Call[]> => VALID_CALLS['coordinator.settle'](stage.run);
/** As if the run were closed and everything withdrawn. */
const closed = ({ paid, scene }: Played, edit: Edit): void => {
  edit(scene.run, null);
  edit(paid.vault, (data) => data.writeBigUInt64LE(0n, TOKENS_AT));
};

/** Of the treasurer's instructions; `create_treasury`'s are tried where the treasury was not made yet. */
export const TREASURER_ERRORS: Provocations = {
  'treasurer.create_treasury': [
    when('Uninitialized', 'NotAuthority', ({ run: { paid, scene } }) =>
      scene.network.treasurer.createTreasury(scene.anyone.publicKey, scene.run, paid.mint, { num: 1n, den: 1n })),
    when('WaitingForMembers', 'WrongTreasury', ({ run: { paid }, calledOff }) =>
      calledOff!.network.treasurer.createTreasury(calledOff!.authority.publicKey, calledOff!.run, paid.mint, { num: 1n, den: 1n })),
    ...[{ num: 1n, den: 0n }, { num: 0n, den: 0n }, { num: MOST, den: 1n }, { num: 2n ** 63n, den: 3_000n }].map((rate) =>
      when('Uninitialized', 'InvalidRate', ({ run: { paid } }) => paid.create(rate))),
    when('Uninitialized', 'ExtensionNotAllowed', async ({ run: { scene } }) => {
      const mint = await createMint(scene.network, scene.authority, { name: 'delegate', extensions: [EXTENSIONS.permanentDelegate] });
      return scene.network.treasurer.createTreasury(scene.authority.publicKey, scene.run, mint, { num: 1n, den: 1n });
    }),
  ],
  'treasurer.fund': [
    when('WaitingForMembers', 'InvalidAmount', (stage) => fund(stage, 0n)),
    when('WaitingForMembers', 'WrongMint', (stage) => crossed(fund(stage, 1n), stage.run.paid.mint.address, stage.twin.paid.mint.address)),
    when('WaitingForMembers', 'WrongVault', (stage) => crossed(fund(stage, 1n), stage.run.paid.vault, stage.twin.paid.vault)),
    when('WaitingForMembers', 'WrongTokenProgram', (stage) => crossed(fund(stage, 1n), TOKEN_PROGRAM, TOKEN_2022_PROGRAM)),
    // The token program's own: more than there is.
    when('WaitingForMembers', 'Custom 1', (stage) => fund(stage, 1_001n)),
    when('WaitingForMembers', 'Custom 1', (stage) => fund(stage, MOST)),
  ],
  'treasurer.set_exchange_rate': [
    when('WaitingForMembers', 'NotAuthority', ({ run: { scene, paid } }) =>
      scene.network.treasurer.setExchangeRate(scene.anyone.publicKey, scene.run, paid.vault, { num: 1n, den: 1n })),
    ...[{ num: 1n, den: 0n }, { num: MOST, den: 1n }, { num: 2n ** 63n, den: 3_000n }].map((rate) =>
      when('WaitingForMembers', 'InvalidRate', setRate(rate))),
    ...(['WaitingForMembers', 'RoundTrain'] as const).map((state) => when(state, 'NotCovered', setRate({ num: 100n, den: 1n }))),
  ],
  'treasurer.resume_run': [
    when('Paused', 'NotCovered', both(setRate({ num: 1_000n, den: 1n }), ({ run: { paid } }) => paid.resume())),
    when('Uninitialized', 'NotCovered', both(setRate({ num: 10_001n, den: 3_000n }), ({ run: { paid } }) => paid.resume())),
    when('Paused', 'NotAuthority', ({ run: { paid, scene } }) => scene.network.treasurer.resumeRun(scene.anyone.publicKey, scene.run, paid.vault)),
  ],
  'treasurer.close_treasury': [
    when('Finished', 'RunNotClosed', ({ run }) => closeTreasury(run.scene.authority.publicKey)(run)),
    when('Finished', 'VaultNotEmpty', ({ run }, edit) => (edit(run.scene.run, null), closeTreasury(run.scene.authority.publicKey)(run))),
    when('Finished', 'NotAuthority', ({ run }, edit) => (closed(run, edit), closeTreasury(run.scene.anyone.publicKey)(run))),
    when('Paused', 'RunNotClosed', ({ run }) => closeTreasury(run.scene.authority.publicKey)(run)),
  ],
  'treasurer.close_claim_record': [
    when('Finished', 'MemberNotClosed', ({ run }) => closeRecord(run, run.nodes[0])),
    // Gone, but it could come back.
    when('WaitingForMembers', 'MemberNotClosed', ({ run }, edit) => {
      removeMember(run, run.nodes[0], edit);
      return closeRecord(run, run.nodes[0]);
    }),
    when('Finished', 'NotPayout', ({ run }, edit) => {
      removeMember(run, run.nodes[0], edit);
      return closeRecord(run, run.nodes[0], run.nodes[1]);
    }),
  ],
  'treasurer.claim': [
    when('Cooldown', 'NotVested', both(settled, claim())),
    when('WaitingForMembers', 'NothingToClaim', both(claim(), claim())),
    when('WaitingForMembers', 'TreasuryEmpty', (stage, edit) => {
      edit(stage.run.paid.vault, (data) => data.writeBigUInt64LE(0n, TOKENS_AT));
      return claim()(stage);
    }),
    when('WaitingForMembers', 'NotPayout', ({ run: { paid, scene, nodes } }) =>
      crossed(
        scene.network.treasurer.claim(nodes[0].key.publicKey, scene.run, nodes[0].key.publicKey, paid.mint),
        ownTokens(nodes[0].key.publicKey, paid.mint.address), ownTokens(nodes[0].payout.publicKey, paid.mint.address))),
    when('WaitingForMembers', 'NotOwnTokenAccount', (stage) => {
      const [mine, others] = stage.run.nodes.map((n) => ownTokens(n.payout.publicKey, stage.run.paid.mint.address));
      return crossed(claim()(stage), mine, others);
    }),
    when('WaitingForMembers', 'InvalidAmount', claim(0n)),
    when('WaitingForMembers', 'WrongRun', (stage) => crossed(claim()(stage), stage.run.scene.run, stage.twin.scene.run)),
  ],
  'treasurer.withdraw': [
    when('Paused', 'NotFinished', withdraw(1n)),
    when('Finished', 'OwedToMembers', ({ run: { paid } }) => paid.withdraw(paid.held)),
    when('Finished', 'OwedToMembers', withdraw(MOST)),
    when('Finished', 'InvalidAmount', withdraw(0n)),
    when('Finished', 'NotAuthority', ({ run: { paid, scene } }) => scene.network.treasurer.withdraw(
      scene.anyone.publicKey, scene.run, paid.mint, ownTokens(paid.authority.publicKey, paid.mint.address), 1n)),
    when('Finished', 'NotOwnTokenAccount', (stage) => {
      const { paid, nodes } = stage.run;
      const [own, others] = [paid.authority, nodes[0].payout].map((key) => ownTokens(key.publicKey, paid.mint.address));
      return crossed(withdraw(1n)(stage), own, others);
    }),
    when('Finished', 'ConstraintSeeds', (stage) => {
      const [own, others] = [stage.run, stage.twin].map(({ scene }) => treasuryAddress(stage.network.ids, scene.run));
      return crossed(withdraw(1n)(stage), own, others);
    }),
  ],
};

import { createHash } from 'node:crypto';
import { PublicKey, TransactionInstruction } from '@solana/web3.js';
import { authorizationAddress, tokenAddress, treasuryAddress } from '../../../client/src/chain/addresses.js';
import { JOIN_SCOPE } from '../../../client/src/chain/authorizer-calls.js';
import type { WitnessArgs } from '../../../client/src/chain/coordinator-calls.js';
import { decodeRun } from '../../../client/src/chain/decode-run.js';
import { coordinatorIdl } from '../../../client/src/chain/idl.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { bitmapOf, type RunView } from '../../../client/src/protocol/run-view.js';
import { hashOf } from '../support/epoch.js';
import type { Node, Scene } from '../support/scene.js';
import { VERSION } from '../support/settings.js';
import { rehearse } from './attempt.js';
import { proofAgainst } from './equivocation.js';
import { COLD, MEMBERS, type Played } from './stage.js';

/** What has to be there first, then the call itself, last; a transaction of them succeeds wherever the state allows it. */
export type ValidCalls = (played: Played) => Promise<Call[]>;

const MANIFEST = Buffer.from('{"version":1}');
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** A witness's vote for everyone's work; the run need not have a round. */
export function voteOf({ epoch, round, witnesses }: RunView, memberIndex: number, change: Partial<WitnessArgs> = {}): WitnessArgs {
  return {
    epoch, round, memberIndex, position: Math.max(0, witnesses.indexOf(memberIndex)), bitmap: bitmapOf([0, 1, 2]), root: hashOf('list'),
    possession: hashOf('possession'), metrics: { loss: 1, tokensPerSecond: 1, bytesUp: 0n, bytesDown: 0n }, ...change,
  };
}

const keys = (nodes: Node[], ...indices: number[]) => indices.map((index) => ({ index, key: nodes[index].key.publicKey }));

const coordinator: Record<string, ValidCalls> = {
  create_run: async ({ scene: { network, authority, runId, settings } }) =>
    network.coordinator.createRun(authority.publicKey, { runId: `next-${runId}`, config: settings, clientVersion: VERSION }),
  write_manifest: async ({ scene }) => [await scene.call('writeManifest', scene.authority, 0, MANIFEST)],
  seal_manifest: async ({ scene }) => [await scene.call('sealManifest', scene.authority, MANIFEST.length, sha256(MANIFEST))],
  update_config: async ({ scene }) => [await scene.call('updateConfig', scene.authority, { ...scene.settings, warmupTime: 9 })],
  set_join_authority: async ({ scene: { network, authority, run }, nodes }) =>
    [await network.coordinator.setJoinAuthority(authority.publicKey, run, nodes[0].key.publicKey)],
  update_client_version: async ({ scene }) => [await scene.call('updateClientVersion', scene.authority, '0.2.0')],
  set_exchange_rate: async (played) => [rateByTreasury(played, 2n, 3n)],
  resume: async ({ scene: { network, run } }) => [await network.coordinator.resume(treasuryAddress(network.ids, run), run)],
  pause: async ({ scene }) => [await scene.call('pause', scene.authority)],
  join_run: async ({ scene, nodes }) => [await scene.call('joinRun', nodes[MEMBERS].key, scene.joining(nodes[MEMBERS]))],
  leave_run: async ({ scene, nodes }) => {
    const [member, newcomer] = [nodes[0], nodes[MEMBERS + 1]];
    const { state } = scene.view();
    if (state === 'Paused' || state === 'Finished' || state === 'Uninitialized') return [await scene.call('leaveRun', member.key)];
    return [await scene.call('joinRun', newcomer.key, scene.joining(newcomer)), await scene.call('leaveRun', newcomer.key)];
  },
  tick: async (played) => {
    const { scene, nodes } = played;
    const tick = await scene.call('tick', scene.anyone);
    const { state, epoch } = scene.view();
    if (state === 'Warmup') {
      const warm = nodes.slice(0, MEMBERS).map((node) => scene.call('warmupWitness', node.key, epoch));
      return [await scene.call('pinSeed', scene.anyone), ...(await Promise.all(warm)), tick];
    }
    // A trainer that is missing is waited for, so that the round is cut short only with everyone on the list.
    if (state === 'RoundTrain') return [...(await votes(played)), tick];
    return state === 'Cooldown' ? [...(await coordinator.settle(played)), tick] : [tick];
  },
  pin_seed: async ({ scene }) => [await scene.call('pinSeed', scene.anyone)],
  warmup_witness: async ({ scene, nodes }) => [await scene.call('warmupWitness', nodes[0].key, scene.view().epoch)],
  witness: async (played) => (await votes(played)).slice(0, played.scene.view().state === 'RoundTrain' ? 2 : 1),
  health_check: async ({ scene }) => [await scene.call('healthCheck', scene.anyone, scene.view().epoch, 0, 2)],
  cooldown_witness: async ({ scene, nodes }) =>
    [await scene.call('cooldownWitness', nodes[2].key, scene.view().epoch, hashOf('parameters'))],
  checkpoint: async ({ scene, nodes }) => {
    const { state, epoch } = scene.view();
    const agreed = state === 'Cooldown' ? epoch : Math.max(0, epoch - 1);
    return [await scene.call('checkpoint', nodes[0].key, agreed, hashOf('parameters'), 'file:here')];
  },
  convict: async ({ scene, nodes }) => {
    const { network, run, anyone } = scene;
    const treasury = treasuryAddress(network.ids, run);
    return [proofAgainst(scene, nodes[1]), await network.coordinator.convict(anyone.publicKey, run, nodes[1].key.publicKey, treasury)];
  },
  settle: async ({ scene, nodes }) => {
    const unsettled = [...keys(nodes, 0, 1), { index: MEMBERS, key: nodes[COLD].key.publicKey }];
    return [await scene.call('settle', scene.anyone, scene.view().epoch, unsettled)];
  },
  finish: async ({ scene }) => [await scene.call('finish', scene.authority)],
  close_member: async ({ scene, nodes: [node] }) => [await closeMember(scene, node)],
  close_run: async ({ scene }) => [await scene.call('closeRun', scene.authority, scene.runId)],
};

const treasurer: Record<string, ValidCalls> = {
  create_treasury: async ({ paid }) => [await paid.create({ num: 1n, den: 1n })],
  fund: async ({ paid, scene }) => {
    const from = tokenAddress(paid.mint.address, paid.authority.publicKey, paid.mint.program);
    return [await scene.network.treasurer.fund(paid.authority.publicKey, scene.run, paid.mint, from, 7n)];
  },
  set_exchange_rate: async ({ paid }) => [await paid.setRate({ num: 2n, den: 3n })],
  resume_run: async ({ paid }) => [await paid.resume()],
  claim: async ({ paid, nodes }) => [await paid.claim(nodes[0], 1n)],
  withdraw: async ({ paid }) => [await paid.withdraw(1n)],
  close_treasury: async ({ paid, scene }) => [await scene.network.treasurer.closeTreasury(paid.authority.publicKey, scene.run, paid.mint)],
  close_claim_record: async ({ scene, nodes: [node] }) => {
    const close = await scene.network.treasurer.closeClaimRecord(node.payout.publicKey, scene.run, node.key.publicKey);
    const open = scene.network.bank.getAccount(scene.run) && scene.view().state === 'Finished' && scene.member(node);
    return open ? [await closeMember(scene, node), close] : [close];
  },
};

/** The run's authority is the grantor, a node that has not joined the grantee. */
const authorizer: Record<string, ValidCalls> = {
  create_authorization: async ({ scene, nodes }) => [
    await scene.network.authorizer.createAuthorization(scene.authority.publicKey, nodes[MEMBERS].key.publicKey),
  ],
  set_active: async (played) => {
    const { scene } = played;
    const suspend = scene.network.authorizer.setActive(scene.authority.publicKey, authorizationOf(played), false);
    return [...(await authorizer.create_authorization(played)), await suspend];
  },
  set_delegates: async (played) => {
    const { scene, nodes } = played;
    const [grantee, delegate] = nodes.slice(MEMBERS).map((node) => node.key.publicKey);
    const set = scene.network.authorizer.setDelegates(grantee, authorizationOf(played), [delegate]);
    return [...(await authorizer.create_authorization(played)), await set];
  },
  close_authorization: async (played) => {
    const { scene, nodes } = played;
    const grantee = nodes[MEMBERS].key.publicKey;
    const close = scene.network.authorizer.closeAuthorization(scene.authority.publicKey, grantee, authorizationOf(played));
    return [...(await authorizer.create_authorization(played)), await close];
  },
};

const authorizationOf = ({ scene, nodes }: Played): PublicKey =>
  authorizationAddress(scene.network.ids, scene.authority.publicKey, nodes[MEMBERS].key.publicKey, JOIN_SCOPE);

/** By `program.instruction`, as the interface descriptions name them. */
export const VALID_CALLS: Readonly<Record<string, ValidCalls>> = Object.fromEntries(
  Object.entries({ coordinator, treasurer, authorizer }).flatMap(([program, calls]) =>
    Object.entries(calls).map(([name, build]) => [`${program}.${name}`, build]),
  ),
);

const closeMember = (scene: Scene, { key, payout }: Node): Promise<Call> =>
  scene.network.coordinator.closeMember(key.publicKey, payout.publicKey, scene.run, true);

/** What must have happened in a finished run before the instruction succeeds, where that is too much for one transaction. */
export const PREPARATIONS: Readonly<Record<string, ValidCalls>> = {
  'coordinator.close_run': ({ scene, nodes }) =>
    Promise.all([...nodes.slice(0, MEMBERS), nodes[COLD]].map((node) => closeMember(scene, node))),
  'treasurer.close_claim_record': async ({ scene, nodes }) => [await closeMember(scene, nodes[0])],
  'treasurer.close_treasury': async (played) => [
    ...(await PREPARATIONS['coordinator.close_run'](played)),
    ...(await coordinator.close_run(played)),
    await played.paid.withdraw(played.paid.held),
  ],
};

/** The coordinator's own instruction, as the treasury calls it. */
export function rateByTreasury({ scene: { network, run } }: Played, num: bigint, den: bigint): Call {
  const { discriminator } = coordinatorIdl.instructions.find((i) => (i.name as string) === 'set_exchange_rate')!;
  const data = Buffer.concat([Buffer.from(discriminator), Buffer.alloc(16)]);
  data.writeBigUInt64LE(num, 8);
  data.writeBigUInt64LE(den, 16);
  const keys = [
    { pubkey: treasuryAddress(network.ids, run), isSigner: true, isWritable: false },
    { pubkey: run, isSigner: false, isWritable: true },
  ];
  const instruction = new TransactionInstruction({ programId: network.ids.coordinator, keys, data });
  return { name: 'set_exchange_rate', instruction, computeUnits: 20_000 };
}

/** The seed pinned where it is not, then the votes of all members. */
async function votes({ scene, nodes }: Played): Promise<Call[]> {
  const pin = scene.view().state === 'RoundTrain' ? [await scene.call('pinSeed', scene.anyone)] : [];
  const run = pin.length > 0 ? viewAfter(scene, pin) : scene.view();
  const cast = nodes.slice(0, MEMBERS).map((node, i) => scene.call('witness', node.key, voteOf(run, i)));
  return [...pin, ...(await Promise.all(cast))];
}

/** The run as it would be after these calls. */
export function viewAfter(scene: Scene, calls: readonly Call[]): RunView {
  const { accounts } = rehearse(scene.network, calls);
  const address = scene.run.toBase58();
  return decodeRun(address, accounts.get(address)?.data ?? scene.network.bank.getAccount(address)!.data);
}

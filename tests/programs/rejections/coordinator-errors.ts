import { PublicKey, SystemProgram, SYSVAR_CLOCK_PUBKEY, SYSVAR_SLOT_HASHES_PUBKEY } from '@solana/web3.js';
import { instanceAddress, manifestAddress, runAddress } from '../../../client/src/chain/addresses.js';
import type { ConfigArgs, WitnessArgs } from '../../../client/src/chain/coordinator-calls.js';
import { RUN_SPACE } from '../../../client/src/chain/decode-run.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { bitmapOf } from '../../../client/src/protocol/run-view.js';
import { hashOf } from '../support/epoch.js';
import type { Scene } from '../support/scene.js';
import { VERSION } from '../support/settings.js';
import { both, CONVICTED, type Edit, type Provocations, runMemberOffset, runOffset, swapped, when, withData } from './provocation.js';
import { COLD, MEMBERS, type Stage } from './stage.js';
import { rateByTreasury, VALID_CALLS, voteOf } from './valid-calls.js';

const valid = (name: string) => (stage: Stage): Promise<Call[]> => VALID_CALLS[`coordinator.${name}`](stage.run);

// --- settings ---

const CONFIGS: [error: string, change: Partial<ConfigArgs>][] = [
  ['InvalidSlotMs', { slotMs: 9 }],
  ['InvalidTime', { warmupTime: 0 }],
  ['InvalidMinClients', { minClients: 0 }],
  ['InvalidWitnessNodes', { witnessNodes: 65_535 }],
  ['InvalidTotalSteps', { totalSteps: 0 }],
  ['InvalidBatchSize', { globalBatchSizeEnd: 2 ** 32 - 1 }],
  ['InvalidSequenceLength', { sequenceLength: 2 ** 32 - 1 }],
  ['InvalidPoints', { pointsPerStep: 2n ** 64n - 1n, totalSteps: 2 }],
  ['InvalidWitnessPermille', { witnessPermille: 65_535 }],
  ['InvalidDeposit', { joinDeposit: 2n ** 64n - 1n }],
  ['InvalidVerification', { verificationPercent: 255 }],
];

const created = ({ run: { scene } }: Stage, change: Partial<ConfigArgs> = {}, clientVersion = VERSION): Promise<Call[]> => {
  const config = { ...scene.settings, ...change };
  return scene.network.coordinator.createRun(scene.authority.publicKey, { runId: 'new', config, clientVersion });
};

/** `create_run` of `new` with an account made under another seed, or of another size. */
async function createdAt(stage: Stage, seed: string, space: number): Promise<Call[]> {
  const { network, authority } = stage.run.scene;
  const [account, create] = await created(stage);
  const run = await runAddress(network.ids, authority.publicKey, 'new');
  const other = await runAddress(network.ids, authority.publicKey, seed);
  const instruction = SystemProgram.createAccountWithSeed({
    fromPubkey: authority.publicKey, basePubkey: authority.publicKey, seed, newAccountPubkey: other, lamports: 1_000_000_000, space,
    programId: network.ids.coordinator,
  });
  const [manifest, others] = [run, other].map((address) => manifestAddress(network.ids, address));
  return [{ ...account, instruction }, swapped(swapped(create, run, other), manifest, others)];
}

/** `create_run` with an id that the client would not send. */
async function createdAs(stage: Stage, id: string): Promise<Call[]> {
  const { ids } = stage.network;
  const [account, create] = await created(stage);
  const seed = Buffer.from(id).subarray(0, 32);
  const instance = PublicKey.findProgramAddressSync([Buffer.from('run'), seed], ids.coordinator)[0];
  const named = withData(create, (data) =>
    Buffer.concat([data.subarray(0, 8), lengthOf(id), Buffer.from(id), data.subarray(12 + 'new'.length)]));
  return [account, swapped(named, instanceAddress(ids, 'new'), instance)];
}

function lengthOf(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(text));
  return length;
}

const update = ({ run: { scene } }: Stage, change: Partial<ConfigArgs>): Promise<Call> =>
  scene.call('updateConfig', scene.authority, { ...scene.settings, ...change });

const setting: Provocations = {
  'coordinator.create_run': [
    ...CONFIGS.map(([error, config]) => when('Uninitialized', error, (stage) => created(stage, config))),
    ...['', 'x'.repeat(33), 'tab\t'].map((v) => when('Uninitialized', 'InvalidClientVersion', (stage) => created(stage, {}, v))),
    ...['', 'a b', 'é', 'x'.repeat(33), '\0'].map((id) => when('Uninitialized', 'InvalidRunId', (stage) => createdAs(stage, id))),
    when('Uninitialized', 'WrongRunAddress', (stage) => createdAt(stage, 'old', RUN_SPACE)),
    when('Uninitialized', 'WrongRunSize', (stage) => createdAt(stage, 'new', RUN_SPACE + 1)),
  ],
  'coordinator.update_config': [
    ...CONFIGS.map(([error, config]) => when('Paused', error, (stage) => update(stage, config))),
    when('Paused', 'InvalidTotalSteps', (stage) => update(stage, { totalSteps: 1 })),
    when('Paused', 'InvalidRate', (stage) => update(stage, { pointsPerStep: 2n ** 62n })),
  ],
  'coordinator.update_client_version': ['', 'x'.repeat(33), 'a b'].map((version) =>
    when('Paused', 'InvalidClientVersion', ({ run: { scene } }) => scene.call('updateClientVersion', scene.authority, version))),
  'coordinator.write_manifest': ([[4096, 1], [4000, 97], [65_535, 1], [0, 0]] as const).map(([offset, length]) =>
    when('Paused', 'InvalidManifestRange', ({ run: { scene } }) => scene.call('writeManifest', scene.authority, offset, Buffer.alloc(length)))),
  'coordinator.seal_manifest': [
    ...[0, 4097, 65_535].map((length) =>
      when('Paused', 'InvalidManifestRange', ({ run: { scene } }) => scene.call('sealManifest', scene.authority, length, hashOf('')))),
    when('Paused', 'WrongManifestHash', ({ run: { scene } }) => scene.call('sealManifest', scene.authority, 4096, hashOf('another'))),
  ],
  'coordinator.set_exchange_rate': [
    when('Paused', 'InvalidRate', ({ run }) => rateByTreasury(run, 1n, 0n)),
    when('Paused', 'InvalidRate', ({ run }) => rateByTreasury(run, 2n ** 64n - 1n, 1n)),
    when('Paused', 'NotTreasury', ({ run, twin }) => {
      const [own, other] = [run, twin].map(({ scene }) => new PublicKey(scene.view().treasury!));
      return swapped(rateByTreasury(run, 1n, 1n), own, other);
    }),
    // A run without a treasury has the default key there, which is the system program's.
    when('Paused', 'NotTreasury', ({ run, calledOff }) => {
      const call = swapped(rateByTreasury(run, 1n, 1n), run.scene.run, calledOff!.run);
      return swapped(call, new PublicKey(run.scene.view().treasury!), PublicKey.default);
    }),
  ],
};

// --- beginning and ending ---

const byAnyone = (name: 'pause' | 'finish') => ({ run: { scene } }: Stage): Promise<Call> => scene.call(name, scene.anyone);

const lifecycle: Provocations = {
  'coordinator.set_join_authority': [
    when('Paused', 'NotAuthority', ({ run: { scene } }) => scene.network.coordinator.setJoinAuthority(scene.anyone.publicKey, scene.run)),
  ],
  'coordinator.resume': [
    when('Paused', 'ResumeThroughTreasury', ({ run: { scene } }) => scene.call('resume', scene.authority)),
    when('Paused', 'NotAuthority', ({ calledOff: free }) => free!.call('resume', free!.anyone)),
    when('Uninitialized', 'ManifestNotSealed', both(valid('write_manifest'), valid('resume'))),
  ],
  'coordinator.pause': [when('WaitingForMembers', 'NotAuthority', byAnyone('pause')), when('RoundTrain', 'NotAuthority', byAnyone('pause'))],
  'coordinator.finish': [
    when('WaitingForMembers', 'NotFinishable', valid('finish')),
    when('Cooldown', 'NotFinishable', valid('finish')),
    when('Finished', 'NotFinishable', valid('finish')),
    when('Uninitialized', 'NotAuthority', byAnyone('finish')),
  ],
  'coordinator.close_run': [
    when('Finished', 'MembersRemain', ({ run: { scene } }) => scene.call('closeRun', scene.authority, scene.runId)),
    when('Finished', 'MembersRemain', both(valid('close_member'), valid('close_run'))),
    when('Finished', 'NotAuthority', ({ run: { scene } }) => scene.call('closeRun', scene.anyone, scene.runId)),
  ],
};

// --- joining and leaving ---

const joining = (change: object, by = MEMBERS) => ({ run: { scene, nodes } }: Stage): Promise<Call> =>
  scene.call('joinRun', nodes[by].key, scene.joining(nodes[by], change));
/** With a multiaddr of so many bytes, that the client's encoder would not let through. */
const withAddress = (bytes: number) => async (stage: Stage): Promise<Call> =>
  withData(await joining({ address: { kind: 'multiaddr', bytes: Buffer.alloc(1) } })(stage), (data) => {
    const at = 8 + 32 + 1 + 1;
    return Buffer.concat([data.subarray(0, at), Buffer.of(bytes, 0, 0, 0), Buffer.alloc(bytes, 7), data.subarray(at + 4 + 1)]);
  });
const full = async (stage: Stage, edit: Edit): Promise<Call> => {
  edit(stage.run.scene.run, (data) => data.writeUInt16LE(256, runOffset('pendingLen')));
  return joining({})(stage);
};
/** The member whose deposit is forfeit, in the run whose Warmup failed. */
const coldOf = (scene: Scene) => [20, 21].map((i) => scene.node(i)).find(({ key }) =>
  scene.view().members.some((m) => m.forfeited && m.key === key.publicKey.toBase58()))!;

const membership: Provocations = {
  'coordinator.join_run': [
    ...['0.1.1', '', '0.1', '0.1.00', 'x'.repeat(200)].map((clientVersion) =>
      when('WaitingForMembers', 'WrongClientVersion', joining({ clientVersion }))),
    when('WaitingForMembers', 'PendingFull', full),
    when('RoundTrain', 'PendingFull', full),
    when('WaitingForMembers', 'PayoutFixed', joining({ payout: SYSVAR_CLOCK_PUBKEY }, 0)),
    ...[0, 9, 255].map((capacity) => when('WaitingForMembers', 'InvalidCapacity', joining({ capacity }))),
    ...[256, 65_535].map((index) => when('WaitingForMembers', 'InvalidAddress', joining({ address: { kind: 'through', index } }))),
    ...[0, 49].map((bytes) => when('WaitingForMembers', 'InvalidAddress', withAddress(bytes))),
    when('WaitingForMembers', 'InvalidPayout', joining({ payout: PublicKey.default })),
    when('RoundTrain', 'NotSettled', joining({}, COLD)),
    when('RoundTrain', 'NotHealthy', (stage, edit) => {
      edit(stage.run.scene.run, (data) => data.writeUInt8(CONVICTED, runMemberOffset(1, 'state')));
      return joining({}, 1)(stage);
    }),
    when('WaitingForMembers', 'NotAuthorized', (stage, edit) => {
      edit(stage.run.scene.run, (data) => data.fill(7, runOffset('joinAuthority'), runOffset('joinAuthority') + 32));
      return joining({})(stage);
    }),
    when('WaitingForMembers', 'NotSettled', ({ calledOff: scene }) =>
      scene!.call('joinRun', coldOf(scene!).key, scene!.joining(coldOf(scene!)))),
  ],
  'coordinator.leave_run': [
    ...(['Warmup', 'RoundTrain', 'RoundWitness', 'Cooldown'] as const).map((state) =>
      when(state, 'InRunningEpoch', ({ run: { scene, nodes } }) => scene.call('leaveRun', nodes[0].key))),
    ...(['RoundTrain', 'Cooldown'] as const).map((state) =>
      when(state, 'InRunningEpoch', ({ run: { scene, nodes } }) => scene.call('leaveRun', nodes[COLD].key))),
    ...(['WaitingForMembers', 'Paused', 'Finished'] as const).map((state) =>
      when(state, 'NotSettled', ({ calledOff: scene }) => scene!.call('leaveRun', coldOf(scene!).key))),
  ],
  'coordinator.close_member': [
    when('Finished', 'NodeMustSign', ({ run: { scene, nodes } }) =>
      scene.network.coordinator.closeMember(nodes[0].key.publicKey, nodes[0].payout.publicKey, scene.run, true, false)),
    when('Finished', 'PayoutMustSign', ({ run: { scene, nodes } }) =>
      scene.network.coordinator.closeMember(nodes[0].key.publicKey, nodes[0].payout.publicKey, scene.run, false)),
    when('Finished', 'NotSettled', ({ calledOff: scene }) => {
      const { key, payout } = coldOf(scene!);
      return scene!.network.coordinator.closeMember(key.publicKey, payout.publicKey, scene!.run, true);
    }),
  ],
};

// --- epochs and rounds ---

const signed = (name: 'warmupWitness' | 'cooldownWitness', by: (stage: Stage) => number, epoch = 1) => (stage: Stage): Promise<Call> => {
  const { scene, nodes } = stage.run;
  const { key } = nodes[by(stage)];
  return name === 'warmupWitness' ? scene.call(name, key, epoch) : scene.call(name, key, epoch, hashOf('parameters'));
};
const voting = (change: Partial<WitnessArgs>, by = 0) => ({ run: { scene, nodes } }: Stage): Promise<Call> =>
  scene.call('witness', nodes[by].key, voteOf(scene.view(), by, change));
/** Puts a length where the vote's data has the number of samples, which is at its end, or of evaluations before it. */
const metrics = (evals: number, sample: number) => async (stage: Stage): Promise<Call> =>
  withData(await voting({})(stage), (data) => {
    const lists = [Buffer.of(evals, 0, 0, 0), Buffer.alloc(12 * evals), Buffer.of(sample, 0, 0, 0), Buffer.alloc(2 * sample)];
    return Buffer.concat([data.subarray(0, -8), ...lists]);
  });
const checking = (index: number, round = 0, epoch = 1) => ({ run: { scene } }: Stage): Promise<Call> =>
  scene.call('healthCheck', scene.anyone, epoch, round, index);
const posting = (hash: string, location: string, epoch = 0, by: 'node' | 'anyone' = 'node') => ({ run: { scene, nodes } }: Stage): Promise<Call> =>
  scene.call('checkpoint', by === 'node' ? nodes[0].key : scene.anyone, epoch, hashOf(hash), location);
const settling = (members: (stage: Stage) => { index: number; key: PublicKey }[], epoch = 1) => (stage: Stage): Promise<Call> =>
  stage.run.scene.call('settle', stage.run.scene.anyone, epoch, members(stage));
const member = (index: number, of = index) => ({ run: { nodes } }: Stage) => ({ index, key: nodes[of].key.publicKey });
const [pin, tick] = [valid('pin_seed'), ({ run: { scene } }: Stage): Promise<Call> => scene.call('tick', scene.anyone)];
const everyoneLeaves = ({ run: { scene, nodes } }: Stage): Promise<Call[]> =>
  Promise.all([...nodes.slice(0, MEMBERS), nodes[COLD]].map((node) => scene.call('leaveRun', node.key)));
/** A Warmup that follows one that failed, whose forfeits are not settled. */
const forgotten: Provocations[string][number]['calls'] = ({ calledOff: scene }, edit) => {
  edit(scene!.run, (data) => data.writeUInt16LE(1, runOffset('config', 'initMinClients')));
  return scene!.call('tick', scene!.anyone);
};
const first = (): number => 0;
const newcomer = (): number => MEMBERS;

const rounds: Provocations = {
  'coordinator.tick': [
    when('RoundTrain', 'SeedNotPinned', tick),
    when('RoundTrain', 'TooEarly', both(pin, tick)),
    when('WaitingForMembers', 'TooEarly', both(everyoneLeaves, tick)),
    when('Warmup', 'SeedNotPinned', both(signed('warmupWitness', first), tick)),
    when('Cooldown', 'NotSettled', tick),
    when('WaitingForMembers', 'NotSettled', forgotten),
  ],
  'coordinator.pin_seed': [
    when('WaitingForMembers', 'SeedTooEarly', both(tick, pin)),
    when('Warmup', 'SeedAlreadyPinned', both(pin, pin)),
    when('RoundTrain', 'SeedAlreadyPinned', both(pin, pin)),
    when('Warmup', 'NotSlotHashes', async (stage) => swapped((await pin(stage))[0], SYSVAR_SLOT_HASHES_PUBKEY, SYSVAR_CLOCK_PUBKEY)),
  ],
  'coordinator.warmup_witness': [
    when('Warmup', 'NotMember', signed('warmupWitness', newcomer)),
    when('Warmup', 'AlreadyWarm', both(signed('warmupWitness', first), signed('warmupWitness', first))),
    ...[0, 2, 2 ** 32 - 1].map((epoch) => when('Warmup', 'WrongEpoch', signed('warmupWitness', first, epoch))),
  ],
  'coordinator.witness': [
    when('RoundWitness', 'NotWitness', (stage) => voting({ position: (voteOf(stage.run.scene.view(), 0).position + 1) % MEMBERS })(stage)),
    ...[MEMBERS, 31, 32, 255].map((position) => when('RoundWitness', 'NotWitness', voting({ position }))),
    when('RoundWitness', 'NotMember', voting({ memberIndex: 1 })),
    when('RoundWitness', 'NotMember', voting({ memberIndex: 0 }, MEMBERS)),
    ...[MEMBERS + 1, 255, 65_535].map((memberIndex) => when('RoundWitness', 'IndexOutOfRange', voting({ memberIndex }))),
    when('RoundWitness', 'NotHealthy', both(checking(2), voting({}, 2))),
    ...[[], [MEMBERS], [0, 255]].map((indices) => when('RoundWitness', 'InvalidBitmap', voting({ bitmap: bitmapOf(indices) }))),
    when('RoundWitness', 'MetricsTooLong', metrics(9, 0)),
    when('RoundWitness', 'MetricsTooLong', metrics(0, 17)),
    ...[0, 2, 2 ** 32 - 1].map((epoch) => when('RoundWitness', 'WrongEpoch', voting({ epoch }))),
    ...[0, 2, 2 ** 32 - 1].map((round) => when('RoundWitness', 'WrongRound', voting({ round }))),
    when('RoundTrain', 'SeedNotPinned', voting({})),
  ],
  'coordinator.health_check': [
    when('RoundWitness', 'MemberIsHealthy', checking(0)),
    ...[1, 2, 4, 2 ** 32 - 1].map((round) => when('RoundWitness', 'RoundNotKept', checking(2, round))),
    when('RoundWitness', 'NotHealthy', both(checking(2), checking(2))),
    when('RoundWitness', 'NotHealthy', checking(MEMBERS)),
    ...[MEMBERS + 1, 256, 65_535].map((index) => when('RoundWitness', 'IndexOutOfRange', checking(index))),
    ...[0, 2, 2 ** 32 - 1].map((epoch) => when('Cooldown', 'WrongEpoch', checking(2, 0, epoch))),
  ],
  'coordinator.cooldown_witness': [
    when('Cooldown', 'NotMember', signed('cooldownWitness', newcomer)),
    when('Cooldown', 'NotHealthy', signed('cooldownWitness', () => COLD)),
    ...[0, 2, 2 ** 32 - 1].map((epoch) => when('Cooldown', 'WrongEpoch', signed('cooldownWitness', first, epoch))),
  ],
  'coordinator.checkpoint': [
    when('WaitingForMembers', 'HashNotAgreed', posting('another', 'file:here')),
    when('WaitingForMembers', 'NotCheckpointer', posting('parameters', 'file:here', 0, 'anyone')),
    ...['', 'x'.repeat(129), 'x'.repeat(800)].map((location) => when('WaitingForMembers', 'InvalidLocation', posting('parameters', location))),
    ...[1, 2 ** 32 - 1].map((epoch) => when('WaitingForMembers', 'WrongEpoch', posting('parameters', 'file:here', epoch))),
    when('Cooldown', 'WrongEpoch', posting('parameters', 'file:here', 0)),
    when('Finished', 'WrongEpoch', posting('parameters', 'file:here', 2)),
  ],
  'coordinator.settle': [
    when('Cooldown', 'AlreadySettled', settling((stage) => [member(0)(stage), member(0)(stage)])),
    when('Cooldown', 'AlreadySettled', settling((stage) => [member(2)(stage)])),
    when('Cooldown', 'WrongMemberAccount', settling((stage) => [member(0, 1)(stage)])),
    when('Cooldown', 'WrongMemberAccount', settling(() => [])),
    // Two indices, one account.
    when('Cooldown', 'WrongMemberAccount', async (stage) =>
      withData(await settling((s) => [member(0)(s)])(stage), (data) => Buffer.concat([data.subarray(0, 12), Buffer.of(2, 0, 0, 0, 0, 1)]))),
    ...[MEMBERS + 1, 255].map((index) => when('Cooldown', 'IndexOutOfRange', settling((stage) => [member(index, 0)(stage)]))),
    ...[0, 2, 2 ** 32 - 1].map((epoch) => when('Cooldown', 'WrongEpoch', settling((stage) => [member(0)(stage)], epoch))),
  ],
};

export const COORDINATOR_ERRORS: Provocations = { ...setting, ...lifecycle, ...membership, ...rounds };

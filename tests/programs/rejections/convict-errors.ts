import type { PublicKey } from '@solana/web3.js';
import { treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { proofAgainst, type Said } from './equivocation.js';
import { both, CONVICTED, type Provocation, type Provocations, runMemberOffset, when } from './provocation.js';
import { COLD, MEMBERS, type Stage } from './stage.js';

const ZEROS = new Uint8Array(32);

/** The conviction of a node with the treasury given, else the run's. */
const convict = (of = 1, treasury?: (stage: Stage) => PublicKey) => (stage: Stage): Promise<Call> => {
  const { network, run, anyone } = stage.run.scene;
  const to = treasury?.(stage) ?? treasuryAddress(network.ids, run);
  return network.coordinator.convict(anyone.publicKey, run, stage.run.nodes[of].key.publicKey, to);
};
/** A proof against a node, with the envelopes' content changed. */
const proof = (of = 1, change: Partial<Said> | ((stage: Stage) => Partial<Said>) = {}) => (stage: Stage): Promise<Call[]> =>
  Promise.resolve([proofAgainst(stage.run.scene, stage.run.nodes[of], typeof change === 'function' ? change(stage) : change)]);
const proven = (change: Partial<Said> | ((stage: Stage) => Partial<Said>)): Provocation['calls'] => both(proof(1, change), convict());

/** Of `convict`; what can be wrong with the proof's own bytes is in convict-proof.test.ts. */
export const CONVICT_ERRORS: Provocations = {
  'coordinator.convict': [
    when('RoundTrain', 'InvalidProof', convict()),
    when('RoundTrain', 'WrongEnvelope', proven({ tag: 'psyche-commitment-v2' })),
    when('RoundTrain', 'WrongEnvelope', proven({ program: ZEROS })),
    when('RoundTrain', 'WrongEnvelope', proven({ origin: ZEROS })),
    when('RoundTrain', 'WrongEnvelope', proven(({ twin }) => ({ origin: twin.scene.view().origin }))),
    // The address alone is the same on every cluster.
    when('RoundTrain', 'WrongEnvelope', proven(({ run }) => ({ origin: run.scene.run.toBytes() }))),
    when('RoundTrain', 'NotEquivocation', proven({ body: 'the same' })),
    when('RoundTrain', 'AlreadyConvicted', (stage, edit) => {
      edit(stage.run.scene.run, (data) => data.writeUInt8(CONVICTED, runMemberOffset(1, 'state')));
      return both(proof(), convict())(stage, edit);
    }),
    // The key of one member under the index of another.
    when('RoundTrain', 'NotMember', proven({ index: 0 })),
    when('RoundTrain', 'NotMember', both(proof(MEMBERS), convict())),
    when('RoundTrain', 'NotHealthy', both(proof(COLD), convict(COLD))),
    ...[MEMBERS + 1, 256, 65_535].map((index) => when('RoundTrain', 'IndexOutOfRange', proven({ index }))),
    ...[0, 2, 2 ** 32 - 1].map((epoch) => when('Cooldown', 'WrongEpoch', proven({ epoch }))),
    when('RoundTrain', 'WrongMemberAccount', both(proof(1), convict(2))),
    when('RoundTrain', 'WrongTreasury', both(proof(), convict(1, ({ run }) => run.scene.run))),
    when('RoundTrain', 'WrongTreasury', both(proof(), convict(1, ({ run }) => run.scene.anyone.publicKey))),
    when('RoundTrain', 'WrongTreasury', both(proof(), convict(1, ({ run }) => run.nodes[1].key.publicKey))),
  ],
};

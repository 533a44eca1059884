import type { Kind } from '../accounts.js';

const RUN: readonly Kind[] = ['Run'];
const MANIFEST: readonly Kind[] = ['Run', 'Manifest'];
const MEMBER: readonly Kind[] = ['Run', 'Member', 'system'];

/** What kinds of accounts an instruction may change, beside whoever pays the fee. */
export const MAY_CHANGE: Record<string, readonly Kind[]> = {
  'coordinator.create_run': ['Run', 'RunInstance', 'Manifest', 'system'],
  'coordinator.write_manifest': MANIFEST,
  'coordinator.seal_manifest': MANIFEST,
  'coordinator.update_config': RUN,
  'coordinator.update_client_version': RUN,
  'coordinator.set_exchange_rate': RUN,
  'coordinator.resume': RUN,
  'coordinator.pause': RUN,
  'coordinator.join_run': MEMBER,
  'coordinator.leave_run': MEMBER,
  'coordinator.tick': RUN,
  'coordinator.pin_seed': RUN,
  'coordinator.warmup_witness': RUN,
  'coordinator.witness': RUN,
  'coordinator.health_check': RUN,
  'coordinator.cooldown_witness': RUN,
  'coordinator.checkpoint': RUN,
  'coordinator.settle': ['Run', 'Member'],
  'coordinator.finish': RUN,
  'coordinator.set_join_authority': RUN,
  'coordinator.convict': ['Run', 'Member', 'Treasury', 'system'],
  'coordinator.close_member': MEMBER,
  'coordinator.close_run': ['Run', 'Manifest', 'system'],
  'treasurer.create_treasury': ['Run', 'Treasury', 'token', 'system'],
  'treasurer.fund': ['Treasury', 'token'],
  'treasurer.set_exchange_rate': RUN,
  'treasurer.resume_run': RUN,
  'treasurer.claim': ['Treasury', 'ClaimRecord', 'token', 'system'],
  'treasurer.withdraw': ['Treasury', 'token'],
  'treasurer.close_treasury': ['Treasury', 'token', 'system'],
  'treasurer.close_claim_record': ['ClaimRecord', 'system'],
  'authorizer.create_authorization': ['Authorization', 'system'],
  'authorizer.set_active': ['Authorization'],
  'authorizer.set_delegates': ['Authorization', 'system'],
  'authorizer.close_authorization': ['Authorization', 'system'],
  'token.harvest': ['token', 'mint'],
  'system.transfer': ['system'],
  'token.transfer': ['token'],
};

/** From which state to which an instruction may take a run (docs/protocol.md, section 2). */
export const EDGES: Record<string, readonly string[]> = {
  'coordinator.resume': ['Uninitialized→WaitingForMembers', 'Paused→WaitingForMembers'],
  'treasurer.resume_run': ['Uninitialized→WaitingForMembers', 'Paused→WaitingForMembers'],
  'coordinator.pause': ['WaitingForMembers→Paused'],
  'coordinator.finish': ['Uninitialized→Finished', 'Paused→Finished'],
  'coordinator.tick': [
    'WaitingForMembers→Warmup', 'Warmup→RoundTrain', 'Warmup→WaitingForMembers', 'Warmup→Paused',
    'RoundTrain→RoundWitness', 'RoundTrain→Cooldown',
    'RoundWitness→RoundTrain', 'RoundWitness→Cooldown', 'Cooldown→WaitingForMembers', 'Cooldown→Paused', 'Cooldown→Finished',
  ],
};

/** What changes a run's terms: who joined under the former ones has to join again. */
const TERMS = ['update_config', 'update_client_version', 'set_join_authority', 'set_exchange_rate', 'write_manifest']
  .map((n) => `coordinator.${n}`);
/** The same, and those that come to it through the treasurer. */
export const TERM_CHANGES = [...TERMS, 'treasurer.set_exchange_rate', 'treasurer.create_treasury'];

/** Instructions that may change a run's lists, by which list. */
export const LISTS: Record<'members' | 'pending' | 'votes', readonly string[]> = {
  members: [
    ...['tick', 'join_run', 'leave_run', 'warmup_witness', 'health_check', 'cooldown_witness', 'settle', 'close_member', 'convict']
      .map((n) => `coordinator.${n}`),
    ...TERM_CHANGES,
  ],
  pending: [...['tick', 'join_run', 'leave_run', 'settle', 'close_member', 'convict'].map((n) => `coordinator.${n}`), ...TERM_CHANGES],
  votes: ['tick', 'witness'].map((n) => `coordinator.${n}`),
};

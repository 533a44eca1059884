import { Cases } from './case.js';
import { keyOf } from './keys.js';

const CONFIRMED = { commitment: 'confirmed' };

/** What a validator tells of itself and of its cluster. */
export function clusterCases(): Cases {
  const cases = new Cases('cluster');
  cases.values('', 'getHealth');
  cases.values('', 'getVersion');
  for (const method of [
    'getGenesisHash', 'getIdentity', 'getSlotLeader', 'getVoteAccounts', 'getClusterNodes', 'getHighestSnapshotSlot', 'getInflationGovernor',
    'getInflationRate', 'getLeaderSchedule', 'getMaxRetransmitSlot', 'getMaxShredInsertSlot',
    'getStakeMinimumDelegation', 'getBlockProduction',
  ]) {
    cases.shapes('', method, [], method === 'getLeaderSchedule' || method === 'getBlockProduction' ? byNode : undefined);
  }
  cases.values('', 'getInflationGovernor');
  cases.values('', 'getStakeMinimumDelegation', [CONFIRMED]);
  cases.values('three', 'getSlotLeaders', [1, 3], (result) => (result as string[]).length);
  cases.values('too many', 'getSlotLeaders', [0, 5_001]);
  cases.values('far ahead', 'getSlotLeaders', [10 ** 9, 2]);
  cases.values('one sample', 'getRecentPerformanceSamples', [1], (result) => Array.isArray(result));
  cases.values('too many samples', 'getRecentPerformanceSamples', [721]);
  cases.values('far ahead', 'getLeaderSchedule', [10 ** 12]);
  cases.values('of nobody', 'getLeaderSchedule', [null, { identity: keyOf(1).publicKey.toBase58() }]);
  cases.shapes('of an epoch', 'getLeaderSchedule', [0], byNode);
  cases.values('of nobody', 'getVoteAccounts', [{ votePubkey: keyOf(1).publicKey.toBase58() }]);
  cases.values('of nobody', 'getInflationReward', [[keyOf(1).publicKey.toBase58()], { epoch: 10_000 }]);
  cases.values('of nobody, in this epoch', 'getInflationReward', [[keyOf(1).publicKey.toBase58()]]);
  cases.shapes('range ahead', 'getBlockProduction', [{ range: { firstSlot: 10 ** 9 } }]);
  cases.values('of nobody', 'getBlockProduction', [{ identity: keyOf(1).publicKey.toBase58() }], byNode);
  for (const method of ['getNothing', 'getConfirmedBlock', 'getRecentBlockhash', 'getFees', 'getStakeActivation', 'accountSubscribe', 'getSnapshotSlot']) {
    cases.values('does not exist', method, ['x']);
  }
  return cases;
}

/** Without the node's own key, which is the name of a field. */
function byNode(result: unknown): unknown {
  const text = JSON.stringify(result);
  const value = JSON.parse(text) as Record<string, unknown>;
  const fold = (by: object): unknown => Object.values(by);
  if (value && 'value' in value) {
    const production = value.value as { byIdentity: object };
    return { ...value, value: { range: Object.keys(value.value as object), byIdentity: fold(production.byIdentity) } };
  }
  return value === null ? null : fold(value);
}

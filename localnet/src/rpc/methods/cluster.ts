import { LAMPORTS_PER_SIGNATURE } from '../../ledger/fees.js';
import { SLOTS_PER_EPOCH } from '../../ledger/sysvars.js';
import { API_VERSION, type Methods, withContext } from '../context.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';

/** Agave's feature set number of the release. */
const FEATURE_SET = 4_020_200;
const MAX_LEADERS = 5_000;

/** The cluster: one node, which leads every slot and votes on nothing. */
export const clusterMethods: Methods = {
  getVersion: () => ({ 'feature-set': FEATURE_SET, 'solana-core': API_VERSION }),
  getHealth: () => 'ok',
  getGenesisHash: ({ bank }) => bank.genesisHash,
  getIdentity: ({ identity }) => ({ identity }),
  getSlotLeader: ({ identity }) => identity,
  getVoteAccounts: () => ({ current: [], delinquent: [] }),
  getMaxRetransmitSlot: ({ bank }) => bank.slot,
  getMaxShredInsertSlot: ({ bank }) => bank.slot,
  getHighestSnapshotSlot: () => {
    throw new RpcError(-32008, 'No snapshot');
  },
  getStakeMinimumDelegation: ({ bank }) => ({ context: { apiVersion: API_VERSION, slot: bank.slot }, value: 1 }),
  getInflationRate: ({ bank }) => ({ epoch: Math.floor(bank.slot / SLOTS_PER_EPOCH), foundation: 0, total: 0, validator: 0 }),
  getRecentPerformanceSamples: () => [],
  getLeaderSchedule: ({ identity }) => ({ [identity]: Array.from({ length: MAX_LEADERS }, (_, slot) => slot) }),

  getBlockProduction({ bank, identity }) {
    const blocks = bank.slot % SLOTS_PER_EPOCH;
    const range = { firstSlot: bank.slot - blocks, lastSlot: bank.slot };
    return withContext(bank, 'processed', { byIdentity: { [identity]: [blocks, blocks] }, range });
  },

  getInflationGovernor: () => ({ foundation: 0, foundationTerm: 0, initial: 0, taper: 1, terminal: 0 }),

  getSlotLeaders({ identity }, params) {
    const limit = params.integer(1);
    if (limit > MAX_LEADERS) throw invalidParams(`Invalid limit; max ${MAX_LEADERS}`);
    return Array.from({ length: limit }, () => identity);
  },

  getClusterNodes: ({ endpoints, identity }) => [{
    clientId: 'Agave', featureSet: FEATURE_SET, gossip: null, pubkey: identity, pubsub: endpoints.pubsub, rpc: endpoints.rpc,
    serveRepair: null, shredVersion: 1, tpu: null, tpuForwards: null, tpuForwardsQuic: null, tpuQuic: null, tpuVote: null,
    tvu: null, version: API_VERSION,
  }],

  requestAirdrop({ bank, faucet }, params) {
    const address = params.address(0);
    const lamports = params.integer(1);
    if (!faucet) throw new RpcError(RpcCode.invalidRequest, 'This validator gives no airdrops: its faucet is off');
    const { err, signature } = bank.airdrop(address, BigInt(lamports));
    if (err) {
      throw new RpcError(
        RpcCode.internal, `airdrop of ${lamports} lamports failed (${JSON.stringify(err)}): the faucet holds `
        + `${bank.getAccount(bank.faucet.address)?.lamports ?? 0n}, and a new account needs ${bank.svm.rentExemption(0)}; a fee is ${LAMPORTS_PER_SIGNATURE}`,
      );
    }
    return signature;
  },
};

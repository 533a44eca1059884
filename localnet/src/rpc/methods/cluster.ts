import { LAMPORTS_PER_SIGNATURE } from '../../ledger/fees.js';
import { API_VERSION, type Methods } from '../context.js';
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
  getInflationGovernor: () => ({ foundation: 0, foundationTerm: 0, initial: 0, taper: 1, terminal: 0 }),

  getSlotLeaders({ identity }, params) {
    const limit = params.integer(1);
    if (limit > MAX_LEADERS) throw invalidParams(`Invalid limit; max ${MAX_LEADERS}`);
    return Array.from({ length: limit }, () => identity);
  },

  getClusterNodes: ({ endpoints, identity }) => [{
    featureSet: FEATURE_SET, gossip: null, pubkey: identity, pubsub: endpoints.pubsub, rpc: endpoints.rpc, shredVersion: 1,
    tpu: null, tpuQuic: null, version: API_VERSION,
  }],

  requestAirdrop({ bank, faucet }, params) {
    const address = params.address(0);
    const lamports = params.integer(1);
    if (!faucet) throw new RpcError(RpcCode.invalidRequest, 'This validator gives no airdrops: its faucet is off');
    if (lamports === 0) throw invalidParams('Invalid params: ask for at least one lamport');
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

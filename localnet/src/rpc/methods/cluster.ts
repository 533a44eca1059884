import { LAMPORTS_PER_SIGNATURE } from '../../ledger/fees.js';
import { SLOTS_PER_EPOCH } from '../../ledger/sysvars.js';
import { API_VERSION, type Methods, withContext } from '../context.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';
import { asAddress, Config, type Json, settled } from '../params.js';

/** The release's feature set: the first bytes of a hash of its features' addresses. */
const FEATURE_SET = 0x21b0d33a;
const MAX_LEADERS = 5_000;
const MAX_SAMPLES = 720;
/** A stake's least, in lamports. */
const MIN_DELEGATION = 1_000_000_000;
const epochOf = (slot: number): number => Math.floor(slot / SLOTS_PER_EPOCH);

/** The cluster: one node, which leads every slot and votes on nothing. */
export const clusterMethods: Methods = {
  getVersion: () => ({ 'feature-set': FEATURE_SET, 'solana-core': API_VERSION }),
  getHealth: (_, params) => {
    params.none();
    return 'ok';
  },
  getGenesisHash: ({ bank }) => bank.genesisHash,
  getIdentity: ({ identity }) => ({ identity }),
  getSlotLeader: ({ identity }) => identity,
  getVoteAccounts: (_, params) => {
    params.config(0);
    return { current: [], delinquent: [] };
  },
  getMaxRetransmitSlot: ({ bank }) => bank.slot,
  getMaxShredInsertSlot: ({ bank }) => bank.slot,
  getHighestSnapshotSlot: () => {
    throw new RpcError(RpcCode.noSnapshot, 'No snapshot');
  },
  getStakeMinimumDelegation: ({ bank }, params) => withContext(bank, params.config(0).commitment(), MIN_DELEGATION),
  getInflationRate: ({ bank }) => ({ epoch: epochOf(bank.slot), foundation: 0, total: 0, validator: 0 }),
  getRecentPerformanceSamples(_, params) {
    if (params.integer(0, MAX_SAMPLES) > MAX_SAMPLES) throw invalidParams(`Invalid limit; max ${MAX_SAMPLES}`);
    return [];
  },

  getLeaderSchedule({ bank, identity }, params) {
    const only = typeof params.raw(0) === 'object' ? params.config(params.raw(0) === null ? 1 : 0) : params.config(1);
    const slot = typeof params.raw(0) === 'number' ? params.integer(0) : bank.slotAt(only.commitment());
    if (epochOf(slot) > epochOf(bank.slot) + 1) return null;
    const asked = only.value.identity;
    if (asked !== undefined && asked !== null && asAddress(asked) !== identity) return {};
    return { [identity]: Array.from({ length: SLOTS_PER_EPOCH }, (_, i) => i) };
  },

  getBlockProduction({ bank, identity }, params) {
    const config = params.config(0);
    const newest = bank.slotAt(config.commitment());
    const range = config.value.range as Json | undefined | null;
    const firstSlot = range ? new Config(range).integer('firstSlot') ?? 0 : newest - (newest % SLOTS_PER_EPOCH);
    const lastSlot = (range && new Config(range).integer('lastSlot')) ?? newest;
    if (lastSlot < firstSlot) throw invalidParams(`lastSlot, ${lastSlot}, cannot be less than firstSlot, ${firstSlot}`);
    const blocks = lastSlot - firstSlot + 1;
    const asked = config.value.identity;
    const own = asked === undefined || asked === null || asAddress(asked) === identity;
    return withContext(bank, config.commitment(), { byIdentity: own ? { [identity]: [blocks, blocks] } : {}, range: { firstSlot, lastSlot } });
  },

  getInflationGovernor: () => ({ foundation: 0.05, foundationTerm: 7, initial: 0.08, taper: 0.15, terminal: 0.015 }),

  /** No epoch that this node can reach pays any: the first would be paid in the block that begins the next one. */
  getInflationReward({ bank }, params) {
    params.addresses(0, Infinity);
    const config = params.config(1);
    const epoch = config.integer('epoch') ?? Math.max(0, epochOf(bank.slotAt(settled(config))) - 1);
    throw new RpcError(RpcCode.blockNotAvailable, `Block not available for slot ${(epoch + 1) * SLOTS_PER_EPOCH}`);
  },

  getSlotLeaders({ bank, identity }, params) {
    const start = params.integer(0);
    const limit = params.integer(1);
    if (limit > MAX_LEADERS) throw invalidParams(`Invalid limit; max ${MAX_LEADERS}`);
    if (epochOf(start) > epochOf(bank.slot) + 1) {
      throw invalidParams(`Invalid slot range: leader schedule for epoch ${epochOf(start)} is unavailable`);
    }
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

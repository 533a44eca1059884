import { type IdlTypes, Program } from '@coral-xyz/anchor';
import { PublicKey, SystemProgram, SYSVAR_INSTRUCTIONS_PUBKEY, SYSVAR_SLOT_HASHES_PUBKEY, type TransactionInstruction } from '@solana/web3.js';
import type { Coordinator } from '../../../idl/coordinator.js';
import { instanceAddress, manifestAddress, memberAddress, missesOf, runAddress } from './addresses.js';
import type { Chain } from './chain.js';
import { COORDINATOR_UNITS } from './compute-units.js';
import { type ConfigArgs, encodeConfig, encodeWitness, type JoinArgs, type WitnessArgs } from './coordinator-args.js';
import { RUN_SPACE } from './decode-run.js';
import { coordinatorIdl } from './idl.js';
import { FULL_LOAD, type Load } from './load.js';
import { encodeNetworkAddress } from './network-address.js';
import { runAccountCalls } from './run-account.js';
import type { Call } from './transaction.js';

export type { ConfigArgs, JoinArgs, WitnessArgs, WitnessMetrics } from './coordinator-args.js';

/** What a run is created with. */
export interface CreateRunArgs {
  runId: string;
  config: ConfigArgs;
  clientVersion: string;
  /** Address of its treasury; none: points are worth nothing but themselves. */
  treasury?: PublicKey;
  /** Whose authorization joining takes; none: anyone may join. */
  joinAuthority?: PublicKey;
}

/**
 * Builds the coordinator's instructions for one cluster's program; nothing here touches the network.
 *
 * What an instruction takes depends on the run: with a `load` as `loadOf` has it from a run as it was seen, a call asks for
 * no more compute units than it needs; without, for as many as the largest run takes.
 */
export class CoordinatorCalls {
  readonly #program: Program<Coordinator>;
  readonly #chain: Chain;

  constructor(chain: Chain) {
    this.#chain = chain;
    const idl = { ...coordinatorIdl, address: chain.programs.coordinator.toBase58() };
    this.#program = new Program<Coordinator>(idl as Coordinator, { connection: chain.connection });
  }

  get #methods(): Program<Coordinator>['methods'] {
    return this.#program.methods;
  }

  /**
   * Calls that belong into one transaction: the account's creation, then `create_run`.
   *
   * @param held lamports that lie at the run's address already.
   */
  async createRun(authority: PublicKey, args: CreateRunArgs, held = 0n): Promise<Call[]> {
    const ids = this.#chain.programs;
    const run = await runAddress(ids, authority, args.runId);
    const account = runAccountCalls(authority, run, args.runId, ids.coordinator, await this.#chain.rent(RUN_SPACE), held);
    const [instance, manifest] = [instanceAddress(ids, args.runId), manifestAddress(ids, run)];
    const created = this.#methods
      .createRun(args.runId, encodeConfig(args.config), args.clientVersion, args.treasury ?? PublicKey.default, args.joinAuthority ?? PublicKey.default)
      .accountsStrict({ authority, run, instance, manifest, systemProgram: SystemProgram.programId });
    return [...account, await call('createRun', created, COORDINATOR_UNITS.createRun(missesOf(instance) + missesOf(manifest)))];
  }

  writeManifest(authority: PublicKey, run: PublicKey, offset: number, bytes: Uint8Array, load = FULL_LOAD): Promise<Call> {
    const write = this.#methods.writeManifest(offset, Buffer.from(bytes)).accountsStrict(this.#withManifest(authority, run));
    return sized('writeManifest', write, load, COORDINATOR_UNITS.writeManifest);
  }

  sealManifest(authority: PublicKey, run: PublicKey, length: number, hash: Uint8Array): Promise<Call> {
    const seal = this.#methods.sealManifest(length, [...hash]).accountsStrict(this.#withManifest(authority, run));
    return call('sealManifest', seal, COORDINATOR_UNITS.sealManifest(length));
  }

  updateConfig(authority: PublicKey, run: PublicKey, config: ConfigArgs, load = FULL_LOAD): Promise<Call> {
    return sized('updateConfig', this.#methods.updateConfig(encodeConfig(config)).accountsStrict({ authority, run }), load, COORDINATOR_UNITS.updateConfig);
  }

  updateClientVersion(authority: PublicKey, run: PublicKey, version: string, load = FULL_LOAD): Promise<Call> {
    const update = this.#methods.updateClientVersion(version).accountsStrict({ authority, run });
    return sized('updateClientVersion', update, load, COORDINATOR_UNITS.updateClientVersion);
  }

  /** @param joinAuthority none: anyone may join. */
  setJoinAuthority(authority: PublicKey, run: PublicKey, joinAuthority = PublicKey.default, load = FULL_LOAD): Promise<Call> {
    const set = this.#methods.setJoinAuthority(joinAuthority).accountsStrict({ authority, run });
    return sized('setJoinAuthority', set, load, COORDINATOR_UNITS.setJoinAuthority);
  }

  resume(signer: PublicKey, run: PublicKey): Promise<Call> {
    return call('resume', this.#methods.resume().accountsStrict({ signer, run }), COORDINATOR_UNITS.resume());
  }

  pause(authority: PublicKey, run: PublicKey): Promise<Call> {
    return call('pause', this.#methods.pause().accountsStrict({ authority, run }), COORDINATOR_UNITS.pause());
  }

  finish(authority: PublicKey, run: PublicKey): Promise<Call> {
    return call('finish', this.#methods.finish().accountsStrict({ authority, run }), COORDINATOR_UNITS.finish());
  }

  closeRun(authority: PublicKey, run: PublicKey, runId: string): Promise<Call> {
    const instance = instanceAddress(this.#chain.programs, runId);
    const close = this.#methods.closeRun().accountsStrict({ ...this.#withManifest(authority, run), instance });
    return call('closeRun', close, COORDINATOR_UNITS.closeRun());
  }

  /** @param joined whether the node has an account in this run for sure: making one takes more. */
  joinRun(node: PublicKey, run: PublicKey, args: JoinArgs, load = FULL_LOAD, joined = false): Promise<Call> {
    const address = encodeNetworkAddress(args.address) as IdlTypes<Coordinator>['networkAddress'];
    const withMember = this.#withMember(node, run);
    const accounts = { ...withMember, authorization: args.authorization ?? null, systemProgram: SystemProgram.programId };
    const join = this.#methods.joinRun(args.payout, args.capacity, address, args.clientVersion).accountsStrict(accounts);
    const misses = missesOf(withMember.member);
    return sized('joinRun', join, load, (of) => COORDINATOR_UNITS.joinRun(of, misses, joined && of !== FULL_LOAD, args.authorization !== undefined));
  }

  leaveRun(node: PublicKey, run: PublicKey, load = FULL_LOAD): Promise<Call> {
    return sized('leaveRun', this.#methods.leaveRun().accountsStrict(this.#withMember(node, run)), load, COORDINATOR_UNITS.leaveRun);
  }

  /**
   * @param payoutSigns too, as it must when the member has points.
   * @param nodeSigns as it must until the run ended 90 days ago.
   */
  async closeMember(node: PublicKey, payout: PublicKey, run: PublicKey, payoutSigns: boolean, nodeSigns = true, load = FULL_LOAD): Promise<Call> {
    const close = this.#methods.closeMember().accountsStrict({ ...this.#withMember(node, run), payout });
    const built = await sized('closeMember', close, load, COORDINATOR_UNITS.closeMember);
    const signers = [...(nodeSigns ? [node] : []), ...(payoutSigns ? [payout] : [])];
    for (const key of built.instruction.keys) key.isSigner ||= signers.some((signer) => signer.equals(key.pubkey));
    return built;
  }

  /**
   * To be preceded by {@link equivocationProof}'s instruction.
   *
   * @param member node key of the convicted.
   * @param treasury the run's; none: the run itself gets its part of the deposit.
   */
  convict(prover: PublicKey, run: PublicKey, member: PublicKey, treasury = run, load = FULL_LOAD): Promise<Call> {
    const accounts = { prover, run, member: memberAddress(this.#chain.programs, run, member), treasury, instructions: SYSVAR_INSTRUCTIONS_PUBKEY };
    return sized('convict', this.#methods.convict().accountsStrict(accounts), load, COORDINATOR_UNITS.convict);
  }

  tick(run: PublicKey, load: Load = FULL_LOAD): Promise<Call> {
    return sized('tick', this.#methods.tick().accountsStrict({ run }), load, COORDINATOR_UNITS.tick);
  }

  pinSeed(run: PublicKey, load: Load = FULL_LOAD): Promise<Call> {
    const pin = this.#methods.pinSeed().accountsStrict({ run, slotHashes: SYSVAR_SLOT_HASHES_PUBKEY });
    return sized('pinSeed', pin, load, COORDINATOR_UNITS.pinSeed);
  }

  warmupWitness(node: PublicKey, run: PublicKey, epoch: number, load = FULL_LOAD): Promise<Call> {
    return sized('warmupWitness', this.#methods.warmupWitness(epoch).accountsStrict({ node, run }), load, COORDINATOR_UNITS.warmupWitness);
  }

  witness(node: PublicKey, run: PublicKey, args: WitnessArgs, load = FULL_LOAD): Promise<Call> {
    const { evals = [], sample = [] } = args.metrics;
    const vote = this.#methods.witness(encodeWitness(args)).accountsStrict({ node, run });
    return sized('witness', vote, load, (of) => COORDINATOR_UNITS.witness(of, evals.length, sample.length));
  }

  healthCheck(run: PublicKey, epoch: number, round: number, memberIndex: number, load = FULL_LOAD): Promise<Call> {
    return sized('healthCheck', this.#methods.healthCheck(epoch, round, memberIndex).accountsStrict({ run }), load, COORDINATOR_UNITS.healthCheck);
  }

  cooldownWitness(node: PublicKey, run: PublicKey, epoch: number, hash: Uint8Array, load = FULL_LOAD): Promise<Call> {
    const vote = this.#methods.cooldownWitness(epoch, [...hash]).accountsStrict({ node, run });
    return sized('cooldownWitness', vote, load, COORDINATOR_UNITS.cooldownWitness);
  }

  checkpoint(node: PublicKey, run: PublicKey, epoch: number, hash: Uint8Array, location: string): Promise<Call> {
    return call('checkpoint', this.#methods.checkpoint(epoch, [...hash], location).accountsStrict({ node, run }), COORDINATOR_UNITS.checkpoint());
  }

  /**
   * @param members index in the epoch and node key of each to settle.
   * @param forfeits how many of them lose their deposit.
   */
  settle(run: PublicKey, epoch: number, members: readonly { index: number; key: PublicKey }[], load = FULL_LOAD, forfeits = members.length): Promise<Call> {
    const accounts = members.map(({ key }) => ({
      pubkey: memberAddress(this.#chain.programs, run, key),
      isSigner: false,
      isWritable: true,
    }));
    const settle = this.#methods.settle(epoch, Buffer.from(members.map((m) => m.index)));
    const { length } = members;
    const units = (of: Load): number => COORDINATOR_UNITS.settle(of, length, of === FULL_LOAD ? length : forfeits);
    return sized('settle', settle.accountsStrict({ run }).remainingAccounts(accounts), load, units);
  }

  #withManifest(authority: PublicKey, run: PublicKey): { authority: PublicKey; run: PublicKey; manifest: PublicKey } {
    return { authority, run, manifest: manifestAddress(this.#chain.programs, run) };
  }

  #withMember(node: PublicKey, run: PublicKey): { node: PublicKey; run: PublicKey; member: PublicKey } {
    return { node, run, member: memberAddress(this.#chain.programs, run, node) };
  }
}

/** An instruction that is being built. */
interface Building {
  instruction(): Promise<TransactionInstruction>;
}

/** Finishes an instruction. @param computeUnits it may use. */
export async function call(name: string, built: Building, computeUnits: number): Promise<Call> {
  return { name, instruction: await built.instruction(), computeUnits };
}

/** The same where the units depend on the run, whatever becomes of it. */
async function sized(name: string, built: Building, load: Load, units: (load: Load) => number): Promise<Call> {
  return { ...(await call(name, built, units(load))), mostUnits: units(FULL_LOAD) };
}

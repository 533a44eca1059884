import { type IdlTypes, Program } from '@coral-xyz/anchor';
import { PublicKey, SystemProgram, SYSVAR_INSTRUCTIONS_PUBKEY, SYSVAR_SLOT_HASHES_PUBKEY, type TransactionInstruction } from '@solana/web3.js';
import type { Coordinator } from '../../../idl/coordinator.js';
import { instanceAddress, manifestAddress, memberAddress, runAddress } from './addresses.js';
import type { Chain } from './chain.js';
import { COMPUTE_UNITS } from './compute-units.js';
import { type ConfigArgs, encodeConfig, encodeWitness, type JoinArgs, type WitnessArgs } from './coordinator-args.js';
import { RUN_SPACE } from './decode-run.js';
import { coordinatorIdl } from './idl.js';
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

/** Builds the coordinator's instructions for one cluster's program; nothing here touches the network. */
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
    const instance = instanceAddress(ids, args.runId);
    const created = this.#methods
      .createRun(args.runId, encodeConfig(args.config), args.clientVersion, args.treasury ?? PublicKey.default, args.joinAuthority ?? PublicKey.default)
      .accountsStrict({ authority, run, instance, manifest: manifestAddress(ids, run), systemProgram: SystemProgram.programId });
    return [...account, await call('createRun', created)];
  }

  writeManifest(authority: PublicKey, run: PublicKey, offset: number, bytes: Uint8Array): Promise<Call> {
    return call('writeManifest', this.#methods.writeManifest(offset, Buffer.from(bytes)).accountsStrict(this.#withManifest(authority, run)));
  }

  sealManifest(authority: PublicKey, run: PublicKey, length: number, hash: Uint8Array): Promise<Call> {
    return call('sealManifest', this.#methods.sealManifest(length, [...hash]).accountsStrict(this.#withManifest(authority, run)));
  }

  updateConfig(authority: PublicKey, run: PublicKey, config: ConfigArgs): Promise<Call> {
    return call('updateConfig', this.#methods.updateConfig(encodeConfig(config)).accountsStrict({ authority, run }));
  }

  updateClientVersion(authority: PublicKey, run: PublicKey, version: string): Promise<Call> {
    return call('updateClientVersion', this.#methods.updateClientVersion(version).accountsStrict({ authority, run }));
  }

  /** @param joinAuthority none: anyone may join. */
  setJoinAuthority(authority: PublicKey, run: PublicKey, joinAuthority = PublicKey.default): Promise<Call> {
    return call('setJoinAuthority', this.#methods.setJoinAuthority(joinAuthority).accountsStrict({ authority, run }));
  }

  resume(signer: PublicKey, run: PublicKey): Promise<Call> {
    return call('resume', this.#methods.resume().accountsStrict({ signer, run }));
  }

  pause(authority: PublicKey, run: PublicKey): Promise<Call> {
    return call('pause', this.#methods.pause().accountsStrict({ authority, run }));
  }

  finish(authority: PublicKey, run: PublicKey): Promise<Call> {
    return call('finish', this.#methods.finish().accountsStrict({ authority, run }));
  }

  closeRun(authority: PublicKey, run: PublicKey, runId: string): Promise<Call> {
    const instance = instanceAddress(this.#chain.programs, runId);
    return call('closeRun', this.#methods.closeRun().accountsStrict({ ...this.#withManifest(authority, run), instance }));
  }

  joinRun(node: PublicKey, run: PublicKey, args: JoinArgs): Promise<Call> {
    const address = encodeNetworkAddress(args.address) as IdlTypes<Coordinator>['networkAddress'];
    const accounts = { ...this.#withMember(node, run), authorization: args.authorization ?? null, systemProgram: SystemProgram.programId };
    return call('joinRun', this.#methods.joinRun(args.payout, args.capacity, address, args.clientVersion).accountsStrict(accounts));
  }

  leaveRun(node: PublicKey, run: PublicKey): Promise<Call> {
    return call('leaveRun', this.#methods.leaveRun().accountsStrict(this.#withMember(node, run)));
  }

  /**
   * @param payoutSigns too, as it must when the member has points.
   * @param nodeSigns as it must until the run ended 90 days ago.
   */
  async closeMember(node: PublicKey, payout: PublicKey, run: PublicKey, payoutSigns: boolean, nodeSigns = true): Promise<Call> {
    const built = await call('closeMember', this.#methods.closeMember().accountsStrict({ ...this.#withMember(node, run), payout }));
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
  convict(prover: PublicKey, run: PublicKey, member: PublicKey, treasury = run): Promise<Call> {
    const accounts = { prover, run, member: memberAddress(this.#chain.programs, run, member), treasury, instructions: SYSVAR_INSTRUCTIONS_PUBKEY };
    return call('convict', this.#methods.convict().accountsStrict(accounts));
  }

  tick(run: PublicKey): Promise<Call> {
    return call('tick', this.#methods.tick().accountsStrict({ run }));
  }

  pinSeed(run: PublicKey): Promise<Call> {
    return call('pinSeed', this.#methods.pinSeed().accountsStrict({ run, slotHashes: SYSVAR_SLOT_HASHES_PUBKEY }));
  }

  warmupWitness(node: PublicKey, run: PublicKey, epoch: number): Promise<Call> {
    return call('warmupWitness', this.#methods.warmupWitness(epoch).accountsStrict({ node, run }));
  }

  witness(node: PublicKey, run: PublicKey, args: WitnessArgs): Promise<Call> {
    return call('witness', this.#methods.witness(encodeWitness(args)).accountsStrict({ node, run }));
  }

  healthCheck(run: PublicKey, epoch: number, round: number, memberIndex: number): Promise<Call> {
    return call('healthCheck', this.#methods.healthCheck(epoch, round, memberIndex).accountsStrict({ run }));
  }

  cooldownWitness(node: PublicKey, run: PublicKey, epoch: number, hash: Uint8Array): Promise<Call> {
    return call('cooldownWitness', this.#methods.cooldownWitness(epoch, [...hash]).accountsStrict({ node, run }));
  }

  checkpoint(node: PublicKey, run: PublicKey, epoch: number, hash: Uint8Array, location: string): Promise<Call> {
    return call('checkpoint', this.#methods.checkpoint(epoch, [...hash], location).accountsStrict({ node, run }));
  }

  /** @param members index in the epoch and node key of each to settle. */
  settle(run: PublicKey, epoch: number, members: readonly { index: number; key: PublicKey }[]): Promise<Call> {
    const accounts = members.map(({ key }) => ({
      pubkey: memberAddress(this.#chain.programs, run, key),
      isSigner: false,
      isWritable: true,
    }));
    const settle = this.#methods.settle(epoch, Buffer.from(members.map((m) => m.index)));
    return call('settle', settle.accountsStrict({ run }).remainingAccounts(accounts));
  }

  #withManifest(authority: PublicKey, run: PublicKey): { authority: PublicKey; run: PublicKey; manifest: PublicKey } {
    return { authority, run, manifest: manifestAddress(this.#chain.programs, run) };
  }

  #withMember(node: PublicKey, run: PublicKey): { node: PublicKey; run: PublicKey; member: PublicKey } {
    return { node, run, member: memberAddress(this.#chain.programs, run, node) };
  }
}

/** Finishes an instruction; its limit is under the same name. */
export async function call(
  name: keyof typeof COMPUTE_UNITS,
  built: { instruction(): Promise<TransactionInstruction> },
): Promise<Call> {
  return { name, instruction: await built.instruction(), computeUnits: COMPUTE_UNITS[name] };
}

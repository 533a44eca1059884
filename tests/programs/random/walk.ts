import { ComputeBudgetProgram, Ed25519Program, type Keypair, Transaction, type TransactionInstruction } from '@solana/web3.js';
import { chainErrorOf } from '../../../client/src/chain/failure.js';
import { signedBytes } from '../../../localnet/src/ledger/signing.js';
import type { SendResult } from '../../../localnet/src/testing.js';
import { textOf } from './addresses.js';
import { Audit } from './checks/audit.js';
import type { Change, Sent } from './checks/change.js';
import { Dice } from './dice.js';
import { propose } from './menu.js';
import { mutate } from './mutate.js';
import { STATE_NAMES } from './run-bytes.js';
import type { Statistics } from './statistics.js';
import { World } from './world.js';

/** How often an instruction is changed into something hostile before it is sent. */
const HOSTILE = 0.1;
/** Lamports per signature, those that the ed25519 program checks among them. */
const FEE = 5000n;

/** One sequence of random instructions, with everything checked after each. */
export class Walk {
  readonly #changes: Change[] = [];
  readonly #trace: string[] = [];
  #sent = 0;
  #focus = 0;

  readonly audit: Audit;

  /** @param watch sees each transaction before it is checked. */
  private constructor(
    readonly world: World, readonly statistics: Statistics, readonly watch: (
      audit: Audit, sent: Sent, changes: readonly Change[],
    ) => void,
  ) {
    this.audit = new Audit(world.network.bank);
    world.network.bank.on('transaction', (_, changes) => void this.#changes.push(...changes));
  }

  static async start(statistics: Statistics, watch: Walk['watch'] = () => {}): Promise<Walk> {
    return new Walk(await World.create(), statistics, watch);
  }

  /** What was sent, a line each: what came of it, when, and to which run. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Lets some slots pass and sends one instruction, both as the seed says; throws where anything is not as it must be. */
  step(seed: number): void {
    const { world } = this;
    const dice = new Dice(seed);
    if (dice.chance(0.15)) this.#focus = dice.int(0, world.slots.length - 1);
    const slot = world.slots[this.#focus];
    const ctx = { world, slot, dice, run: world.runIn(slot) };
    const proposal = propose(ctx);
    if (!proposal) return;
    const passed = proposal.wait || dice.weighted([[70, 0], [22, 1], [6, dice.int(2, 4)], [1, dice.int(5, 20)]]);
    if (passed > 0) world.network.bank.advanceSlots(passed);
    const { instructions } = proposal;
    const hostile = dice.chance(HOSTILE) ? mutate(world, dice, dice.chance(0.9) ? instructions.at(-1)! : instructions[0]) : undefined;
    const { result, signers, payer } = this.#send(instructions, dice);
    const error = result.err === null ? undefined : this.#errorOf(result, instructions);
    this.statistics.count(proposal.name, error, hostile);
    const state = ctx.run ? STATE_NAMES[ctx.run.state] : 'no run';
    this.#trace.push(
      `${String(this.#sent).padStart(4)} ${seed.toString(16).padStart(8, '0')} slot ${world.network.slot} ${slot.runId} ${state}: `
      + `${proposal.name}${hostile ? ` (hostile: ${hostile})` : ''} → ${error ?? 'ok'}`,
    );
    const sent = {
      name: proposal.name,
      accounts: instructions.at(-1)!.keys.map((k) => textOf(k.pubkey)),
      signers: new Set(signers.keys()),
      payer,
      fee: result.landed ? FEE * BigInt(signers.size + checked(instructions)) : 0n,
      succeeded: result.err === null,
      slot: world.network.slot,
    };
    const changes = this.#changes.splice(0);
    this.watch(this.audit, sent, changes);
    this.audit.check(sent, changes);
    const after = world.runIn(slot);
    if (after && after.state !== ctx.run?.state) this.statistics.reached(STATE_NAMES[after.state]);
  }

  /** Signed by everyone that the instructions ask for and that is here; a stranger pays where nobody is asked. */
  #send(instructions: readonly TransactionInstruction[], dice: Dice): {
    result: SendResult; signers: ReadonlyMap<string, Keypair>; payer: string,
  } {
    const { world } = this;
    const signers = new Map<string, Keypair>();
    for (const meta of instructions.flatMap((i) => i.keys)) {
      if (!meta.isSigner) continue;
      const keypair = world.keypairOf(textOf(meta.pubkey));
      if (keypair) signers.set(textOf(meta.pubkey), keypair);
      else meta.isSigner = false;
    }
    if (signers.size === 0) {
      const stranger = dice.pick(world.strangers);
      signers.set(textOf(stranger.publicKey), stranger);
    }
    const [payer] = signers.values();
    const { bank } = world.network;
    const transaction = new Transaction({ feePayer: payer.publicKey, recentBlockhash: bank.latestBlockhash().blockhash });
    // A limit that differs each time tells equal transactions apart.
    transaction.add(ComputeBudgetProgram.setComputeUnitLimit({ units: 400_000 + this.#sent++ }), ...instructions);
    return {
      result: bank.sendTransaction(signedBytes(transaction, [...signers.values()])), signers, payer: textOf(payer.publicKey),
    };
  }

  #errorOf(result: SendResult, instructions: readonly TransactionInstruction[]): string {
    const logged = result.logs.map((line) => /Error Code: (\w+)\./.exec(line)?.[1]).find((code) => code !== undefined);
    const instructionPrograms = ['', ...instructions.map((i) => i.programId.toBase58())];
    const error = () =>
      chainErrorOf({ programs: this.world.network.ids, instructionPrograms, logs: result.logs, err: result.err as never });
    return logged ?? error().programError?.name ?? JSON.stringify(result.err);
  }
}

/** How many signatures the ed25519 program checks. */
const checked = (instructions: readonly TransactionInstruction[]): number =>
  instructions.reduce((sum, i) => sum + (i.programId.equals(Ed25519Program.programId) ? i.data[0] : 0), 0);

import { createPrivateKey, sign } from 'node:crypto';
import { Ed25519Program, type Keypair, PublicKey, SYSVAR_INSTRUCTIONS_PUBKEY, TransactionInstruction } from '@solana/web3.js';
import { memberOf } from '../addresses.js';
import { about, coordinator, type Ctx, mostly, type Proposer } from '../proposal.js';
import { MEMBER } from '../run-bytes.js';
import { hash } from '../world.js';

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const signature = (key: Keypair, message: Buffer): Buffer =>
  sign(
    null, message,
    createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, key.secretKey.subarray(0, 32)]), format: 'der', type: 'pkcs8' }),
  );

const numbers = (size: 2 | 4, ...values: number[]): Buffer => {
  const bytes = Buffer.alloc(size * values.length);
  values.forEach((value, i) => bytes.writeUIntLE(value, i * size, size));
  return bytes;
};

/** What a trainer signs of a commitment (protocol 3.2). */
function envelope({ world, dice }: Ctx, origin: string, epoch: number, round: number, index: number, body: string): Buffer {
  const program = mostly(dice, world.network.ids.coordinator, [world.network.ids.treasurer]);
  const named = mostly(dice, origin, world.slots.flatMap((s) => world.runIn(s)?.origin ?? []));
  return Buffer.concat(
    [
      Buffer.from('psyche-commitment-v1'), program.toBuffer(), Buffer.from(named, 'hex'), numbers(4, epoch, round), numbers(2, index),
      hash(body),
    ]
  );
}

/** The instruction by which the ed25519 program checks one key's signatures over two messages of 126 bytes. */
function proof(key: Keypair, first: Buffer, second: Buffer): TransactionInstruction {
  const data = Buffer.concat([
    Buffer.from([2, 0]), numbers(2, 62, 0xffff, 30, 0xffff, 190, 126, 0xffff), numbers(
      2, 126, 0xffff, 30, 0xffff, 316, 126, 0xffff,
    ),
    key.publicKey.toBuffer(), signature(key, first), signature(key, second), first, second,
  ]);
  return new TransactionInstruction({ programId: Ed25519Program.programId, keys: [], data });
}

/** A member signs two commitments for one round, and somebody proves it; or says so. */
export const convict: Proposer = (ctx) => {
  const { world, slot, dice, run } = ctx;
  if (!run || run.members.length === 0) return undefined;
  const free = run.members.flatMap((m, i) => (m.state !== MEMBER.CONVICTED && m.forfeited === 0 ? [i] : []));
  const index = mostly(dice, dice.pick(free.length > 0 ? free : [0]), run.members.map((_, i) => i));
  const guilty = world.nodeOf(run.members[index].key);
  const key = mostly(dice, guilty, world.nodes).key;
  const [epoch, round] = [about(dice, Number(run.n.epoch)), about(dice, dice.int(0, Number(run.n.round)))];
  const commitments = [
    'one body', mostly(dice, 'another body', ['one body']),
  ].map((body) => envelope(ctx, run.origin, epoch, round, index, body));
  const fitting = slot.payer === 'nobody' ? slot.address : slot.treasury;
  const accounts = {
    prover: dice.pick([...world.strangers, ...world.nodes.map((n) => n.key)]).publicKey,
    member: memberOf(slot.address, mostly(dice, guilty, world.nodes).key.publicKey),
    treasury: mostly(dice, fitting, [slot.address, slot.authority.publicKey, world.wallet.publicKey]),
    instructions: new PublicKey(SYSVAR_INSTRUCTIONS_PUBKEY),
  };
  const proposal = coordinator(ctx, 'convict', {}, accounts);
  return { ...proposal, instructions: [proof(key, commitments[0], commitments[1]), ...proposal.instructions] };
};

import { Ed25519Program, TransactionInstruction } from '@solana/web3.js';
import { ByteWriter, ProtocolError } from '../protocol/bytes.js';
import { ENVELOPE_BYTES, type Announcement, contradict } from '../protocol/commitment.js';
import type { Call } from './transaction.js';

const KEY_AT = 30;
const SIGNATURES_AT = [62, 126] as const;
const ENVELOPES_AT = [190, 316] as const;
/** In an offset: the ed25519 instruction itself. */
const HERE = 0xffff;

/**
 * The instruction that has to stand right before `convict`: the ed25519 program checks the key's signatures over both
 * envelopes. The coordinator accepts exactly this layout (protocol 3.2), so that nothing else can have been checked.
 *
 * @param key the trainer's node key, 32 bytes.
 * @throws {ProtocolError} `NOT_EQUIVOCATION` where the two don't convict anybody.
 */
export function equivocationProof(key: Uint8Array, first: Announcement, second: Announcement): Call {
  if (!contradict(first, second)) {
    throw new ProtocolError('NOT_EQUIVOCATION', 'the two commitments are not different ones of the same trainer for the same round');
  }
  const data = new ByteWriter(ENVELOPES_AT[1] + ENVELOPE_BYTES).u8(2).u8(0);
  for (const i of [0, 1] as const) {
    for (const field of [SIGNATURES_AT[i], HERE, KEY_AT, HERE, ENVELOPES_AT[i], ENVELOPE_BYTES, HERE]) data.u16(field);
  }
  data.raw(key, 32).raw(first.signature, 64).raw(second.signature, 64);
  data.raw(first.envelope, ENVELOPE_BYTES).raw(second.envelope, ENVELOPE_BYTES);
  const instruction = new TransactionInstruction({ programId: Ed25519Program.programId, keys: [], data: Buffer.from(data.finish()) });
  // A precompile takes no compute units.
  return { name: 'ed25519', instruction, computeUnits: 0, signatures: 2 };
}

import { createPrivateKey, sign } from 'node:crypto';
import { Ed25519Program, type Keypair, TransactionInstruction } from '@solana/web3.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { hashOf } from '../support/epoch.js';
import type { Node, Scene } from '../support/scene.js';

/**
 * Proofs of equivocation made byte by byte, as docs/protocol.md lays them out and not with the client's builder, so that
 * they can be wrong in any place.
 */

export const TAG = 'psyche-commitment-v1';
/** Where the parts of the ed25519 instruction's data lie. */
export const LAYOUT = { key: 30, signatures: [62, 126], envelopes: [190, 316], length: 442 } as const;

/** What an envelope says. */
export interface Said {
  tag?: string;
  program: Uint8Array;
  origin: Uint8Array;
  epoch: number;
  round: number;
  index: number;
  /** What the sha256 of the body is made of. */
  body: string;
}

/** An envelope's 126 bytes. */
export function envelope({ tag = TAG, program, origin, epoch, round, index, body }: Said): Buffer {
  const numbers = Buffer.alloc(10);
  numbers.writeUInt32LE(epoch, 0);
  numbers.writeUInt32LE(round, 4);
  numbers.writeUInt16LE(index, 8);
  return Buffer.concat([Buffer.from(tag), program, origin, numbers, hashOf(body)]);
}

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 signature. */
export function signatureOf(key: Keypair, message: Uint8Array): Buffer {
  const der = Buffer.concat([PKCS8_PREFIX, key.secretKey.subarray(0, 32)]);
  return sign(null, message, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

/** The data of the ed25519 program's instruction, signatures and offsets as they should be. */
export function proofData(key: Keypair, first: Uint8Array, second: Uint8Array): Buffer {
  const header = Buffer.alloc(30);
  header[0] = 2;
  for (const i of [0, 1]) {
    const fields = [LAYOUT.signatures[i], 0xffff, LAYOUT.key, 0xffff, LAYOUT.envelopes[i], 126, 0xffff];
    for (const [field, value] of fields.entries()) header.writeUInt16LE(value, 2 + 14 * i + 2 * field);
  }
  return Buffer.concat([header, key.publicKey.toBytes(), signatureOf(key, first), signatureOf(key, second), first, second]);
}

/** The instruction with this data. */
export const proofCall = (data: Buffer): Call => ({
  name: 'ed25519', instruction: new TransactionInstruction({ programId: Ed25519Program.programId, keys: [], data }), computeUnits: 0,
});

/** What a member's commitment of the running epoch would say. */
export function said(scene: Scene, node: Node, change: Partial<Said> = {}): Said {
  const run = scene.view();
  const index = Math.max(0, run.members.findIndex((m) => m.key === node.key.publicKey.toBase58()));
  return { program: scene.network.ids.coordinator.toBytes(), origin: run.origin, epoch: run.epoch, round: run.round, index, body: 'one', ...change };
}

/** Two commitments of a member for the run's round. */
export function proofAgainst(scene: Scene, node: Node, change: Partial<Said> = {}): Call {
  return proofCall(proofData(node.key, envelope(said(scene, node, change)), envelope(said(scene, node, { body: 'two', ...change }))));
}

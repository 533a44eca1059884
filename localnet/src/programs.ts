import { readFileSync } from 'node:fs';
import { PublicKey } from '@solana/web3.js';
import { PsycheError } from '../../client/src/errors.js';
import { parseAddress } from './ledger/addresses.js';
import type { ProgramImage } from './ledger/bank-types.js';

/** A program to preload: its address and the file of its code. */
export interface ProgramFile {
  /** Base58 address. */
  readonly id: string;
  /** Path of the `.so`. */
  readonly path: string;
}

/** A program cannot be preloaded; the message says which and why. */
export class ProgramFileError extends PsycheError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('PROGRAM_FILE', message, options);
  }
}

const ELF_MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** What an account can hold. */
const MAX_PROGRAM_BYTES = 10 * 1024 * 1024;

/** Reads a program's code. */
export function readProgram({ id, path }: ProgramFile): ProgramImage {
  if (!parseAddress(id)) throw new ProgramFileError(`${id} is not an address: a program's address is 32 bytes in base58`);
  let elf: Buffer;
  try {
    elf = readFileSync(path);
  } catch (cause) {
    throw new ProgramFileError(`cannot read the program ${path}: build it, or correct the path`, { cause });
  }
  if (!elf.subarray(0, 4).equals(ELF_MAGIC) || elf.length > MAX_PROGRAM_BYTES) {
    throw new ProgramFileError(`${path} is not a Solana program: expected an ELF file of at most 10 MiB`);
  }
  return { id, elf };
}

/** The address of a keypair file as the solana CLI writes it. */
export function addressOfKeypairFile(path: string): string {
  try {
    const bytes = Uint8Array.from(JSON.parse(readFileSync(path, 'utf8')) as number[]);
    if (bytes.length === 64) return new PublicKey(bytes.subarray(32)).toBase58();
  } catch (cause) {
    throw new ProgramFileError(`cannot read the keypair file ${path}`, { cause });
  }
  throw new ProgramFileError(`${path} is not a keypair file: expected a JSON array of 64 numbers`);
}

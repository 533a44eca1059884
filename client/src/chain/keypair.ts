import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Keypair } from '@solana/web3.js';
import { PsycheError } from '../errors.js';
import { ChainError } from './errors.js';

/** Far more than 64 numbers and their commas ever take: what a mistaken path points at is not read whole. */
const MAX_FILE_BYTES = 4096;

/** The key of a client that is to send something. @throws ChainError `NO_KEYPAIR` */
export function requireSigner(signer: Keypair | undefined): Keypair {
  if (!signer) throw new ChainError('NO_KEYPAIR', 'This needs a key to sign with: name its file with -k.');
  return signer;
}

/**
 * Reads a key as solana-keygen writes it: a JSON array of 64 bytes, secret seed and public key.
 *
 * @throws PsycheError `KEYPAIR_NOT_FOUND`, `KEYPAIR_INVALID`
 */
export async function readKeypair(path: string): Promise<Keypair> {
  let text: Buffer;
  try {
    text = await readFile(path);
  } catch (cause) {
    throw new PsycheError(
      'KEYPAIR_NOT_FOUND',
      `There is no key at ${path}: make one with \`psyche-client keys new-node -o ${path}\` or name another with -k.`,
      { cause },
    );
  }
  const invalid = (why: string): PsycheError =>
    new PsycheError('KEYPAIR_INVALID', `${path} is no keypair file: ${why}. It should hold what solana-keygen writes.`);
  if (text.length > MAX_FILE_BYTES) throw invalid(`it has ${text.length} bytes`);
  let bytes: unknown;
  try {
    bytes = JSON.parse(text.toString('utf8'));
  } catch {
    throw invalid('it is not JSON');
  }
  const isByte = (b: unknown): boolean => Number.isInteger(b) && (b as number) >= 0 && (b as number) < 256;
  if (!Array.isArray(bytes) || bytes.length !== 64 || !bytes.every(isByte)) {
    throw invalid('it is not an array of 64 bytes');
  }
  try {
    return Keypair.fromSecretKey(Uint8Array.from(bytes as number[]));
  } catch {
    throw invalid('its public half does not belong to its secret half');
  }
}

/**
 * Writes a new key, readable by its owner alone.
 *
 * @param overwrite when false an existing file is left alone.
 * @throws PsycheError `KEYPAIR_EXISTS`
 */
export async function writeNewKeypair(path: string, overwrite = false): Promise<Keypair> {
  const keypair = Keypair.fromSeed(randomBytes(32));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await writeFile(path, `${JSON.stringify([...keypair.secretKey])}\n`, { mode: 0o600, flag: overwrite ? 'w' : 'wx' });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new PsycheError('KEYPAIR_EXISTS', `${path} holds a key already: choose another file, or say --force to lose it.`, {
      cause,
    });
  }
  return keypair;
}

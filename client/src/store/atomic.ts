import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PsycheError } from '../errors.js';

/**
 * Writes a file so that after a crash at any moment either the old or the new content is there, never a part:
 * temporary file, fsync, rename, fsync of the folder.
 */
export function writeAtomic(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.part`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Length of the digest in front of a checked file, in bytes. */
const DIGEST_BYTES = 32;

/** As {@link writeAtomic}, with the content's sha256 in front, so that {@link readChecked} notices a damaged disk. */
export function writeChecked(path: string, bytes: Uint8Array): void {
  const digest = createHash('sha256').update(bytes).digest();
  writeAtomic(path, Buffer.concat([digest, bytes]));
}

/**
 * Reads what {@link writeChecked} wrote; `undefined` if the file is not there.
 * @throws PsycheError `STATE_FILE_DAMAGED` if the content does not match its digest.
 */
export function readChecked(path: string): Uint8Array | undefined {
  let raw: Buffer;
  try {
    raw = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const body = raw.subarray(DIGEST_BYTES);
  const digest = createHash('sha256').update(body).digest();
  if (raw.length < DIGEST_BYTES || !timingSafeEqual(digest, raw.subarray(0, DIGEST_BYTES))) {
    throw new PsycheError('STATE_FILE_DAMAGED', `${path} is damaged; delete it, the client fetches or rebuilds what it held`);
  }
  return body;
}

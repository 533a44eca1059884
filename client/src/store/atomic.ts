import { createHash, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PsycheError } from '../errors.js';

/**
 * Writes a file so that after a crash at any moment either the old or the new content is there, never a part:
 * temporary file, fsync, rename, fsync of the folder.
 */
export function writeAtomic(path: string, ...parts: readonly Uint8Array[]): void {
  makeFolderOf(path);
  const temporary = `${path}.part`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    for (const part of parts) for (const piece of piecesOf(part)) for (let written = 0; written < piece.length; ) written += writeSync(file, piece, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(path);
}

/** A folder that was just made is only there after a power cut if the folder around it knows of it. */
function makeFolderOf(path: string): void {
  const first = mkdirSync(dirname(path), { recursive: true });
  if (first === undefined) return;
  for (let folder = dirname(path); folder !== dirname(first); folder = dirname(folder)) syncFolder(folder);
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** What is written before it gets its name. */
const UNFINISHED = /\.(bin|log)\.part$/;

/** Length of the digest in front of a checked file, in bytes. */
const DIGEST_BYTES = 32;

/** Node hashes and reads no more than 2 GiB in one call, and a large state must not stop everything else meanwhile. */
const PIECE_BYTES = 1 << 26;
/** Some 10 ms of hashing. */
const SMALL_PIECE_BYTES = 1 << 24;

/** As {@link writeAtomic}, with the content's sha256 in front, so that {@link readChecked} notices a damaged disk. */
export function writeChecked(path: string, bytes: Uint8Array): void {
  const digest = createHash('sha256');
  for (const piece of piecesOf(bytes)) digest.update(piece);
  writeAtomic(path, digest.digest(), bytes);
}

/**
 * The same for parameters of any size: the event loop turns between pieces, and the disk is waited for elsewhere.
 * @param parts of the content, one after the other; must not change meanwhile
 */
export async function writeCheckedInPieces(path: string, ...parts: readonly Uint8Array[]): Promise<void> {
  makeFolderOf(path);
  const temporary = `${path}.part`;
  const file = await open(temporary, 'w', 0o600);
  try {
    const digest = createHash('sha256');
    let at = DIGEST_BYTES;
    for (const part of parts) {
      for (const piece of piecesOf(part, SMALL_PIECE_BYTES)) {
        digest.update(piece);
        await writeAt(file, piece, at);
        at += piece.length;
      }
    }
    await writeAt(file, digest.digest(), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  renameSync(temporary, path);
  syncFolder(path);
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

/**
 * Reads what {@link writeChecked} wrote; `undefined` if the file is not there.
 * @throws PsycheError `STATE_FILE_DAMAGED` if the content does not match its digest.
 */
export function readChecked(path: string): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const expected = new Uint8Array(DIGEST_BYTES);
    const body = new Uint8Array(Math.max(0, fstatSync(file).size - DIGEST_BYTES));
    const digest = createHash('sha256');
    let whole = readAt(file, expected, 0);
    let at = DIGEST_BYTES;
    for (const piece of piecesOf(body)) {
      whole &&= readAt(file, piece, at);
      digest.update(piece);
      at += piece.length;
    }
    if (!whole || !timingSafeEqual(digest.digest(), expected)) throw damaged(path);
    return body;
  } finally {
    closeSync(file);
  }
}

/**
 * The same for parameters of any size, as {@link writeCheckedInPieces} writes them.
 * @throws PsycheError `STATE_FILE_DAMAGED`
 */
export async function readCheckedInPieces(path: string): Promise<Uint8Array | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const expected = new Uint8Array(DIGEST_BYTES);
    const body = new Uint8Array(Math.max(0, (await file.stat()).size - DIGEST_BYTES));
    const digest = createHash('sha256');
    let at = 0;
    for (const piece of [expected, ...piecesOf(body, SMALL_PIECE_BYTES)]) {
      for (let done = 0; done < piece.length; ) {
        const { bytesRead } = await file.read(piece, done, piece.length - done, at + done);
        if (bytesRead === 0) throw damaged(path);
        done += bytesRead;
      }
      if (piece !== expected) digest.update(piece);
      at += piece.length;
    }
    if (!timingSafeEqual(digest.digest(), expected)) throw damaged(path);
    return body;
  } finally {
    await file.close();
  }
}

/** Removes what writes that a crash interrupted have left in a folder. */
export function sweepUnfinished(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) if (UNFINISHED.test(name)) rmSync(join(folder, name), { force: true });
}

const damaged = (path: string): PsycheError => new PsycheError('STATE_FILE_DAMAGED', `${path} is damaged; delete it, the client fetches or rebuilds what it held`);

/** @returns false where the file ends before */
function readAt(file: number, target: Uint8Array, at: number): boolean {
  for (let done = 0; done < target.length; ) {
    const count = readSync(file, target, done, target.length - done, at + done);
    if (count === 0) return false;
    done += count;
  }
  return true;
}

function* piecesOf(bytes: Uint8Array, size = PIECE_BYTES): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

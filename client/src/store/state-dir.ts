import { readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readChecked, writeChecked, writeCheckedInPieces } from './atomic.js';
import { lockState, type StateLock } from './lock.js';

/** A commitment as it was, or will be, announced: never signed twice for one round (protocol section 3.2). */
export interface StoredCommitment {
  /** signature ‖ envelope ‖ body */
  announcement: Uint8Array;
  payload: Uint8Array;
}

/** Where nodes keep their state unless told otherwise: `$XDG_DATA_HOME/psyche` or `~/.local/share/psyche`. */
export function defaultStateRoot(): string {
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'psyche');
}

/**
 * One node's files for one run: commitments, residual momentum and the last parameters everyone agreed on.
 * Every write is atomic and checked by hash; the folder is locked while open.
 */
export class StateDir {
  private constructor(
    readonly folder: string,
    private readonly lock: StateLock,
  ) {}

  /** Opens `<root>/<run>/<node>`. @throws PsycheError `STATE_LOCKED` if another process has it open. */
  static open(root: string, run: string, node: string): StateDir {
    const folder = join(root, run, node);
    return new StateDir(folder, lockState(folder));
  }

  close(): void {
    this.lock.release();
  }

  /** The folder of Hugging Face checkpoints. */
  get checkpoints(): string {
    return join(this.folder, 'checkpoints');
  }

  /** Puts a commitment on disk (fsync); call before announcing it. */
  saveCommitment(epoch: number, round: number, stored: StoredCommitment): void {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(stored.announcement.length);
    writeChecked(this.commitmentPath(epoch, round), Buffer.concat([head, stored.announcement, stored.payload]));
  }

  loadCommitment(epoch: number, round: number): StoredCommitment | undefined {
    const raw = readChecked(this.commitmentPath(epoch, round));
    if (raw === undefined) return undefined;
    const length = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).readUInt32LE(0);
    return { announcement: raw.subarray(4, 4 + length), payload: raw.subarray(4 + length) };
  }

  /** Removes commitments of epochs before `epoch`, and of its rounds before `round`; they can no longer be announced. */
  pruneCommitments(epoch: number, round = 0): void {
    this.prune('commitments', epoch, round);
  }

  /** Puts a proof of equivocation on disk. @param key of the equivocator, base58 */
  saveProof(epoch: number, key: string, bytes: Uint8Array): void {
    writeChecked(join(this.folder, 'proofs', `${epoch}-${key}.bin`), bytes);
  }

  /** The proofs of an epoch; a damaged one is as good as none. */
  loadProofs(epoch: number): Uint8Array[] {
    const folder = join(this.folder, 'proofs');
    return list(folder).flatMap((name) => (name.startsWith(`${epoch}-`) && name.endsWith('.bin') ? readable(join(folder, name)) : []));
  }

  /** Removes the proofs of epochs before `epoch`: nobody can be convicted by them any more. */
  pruneProofs(epoch: number): void {
    this.prune('proofs', epoch);
  }

  saveOptimizer(bytes: Uint8Array): Promise<void> {
    return writeCheckedInPieces(join(this.folder, 'optimizer.bin'), bytes);
  }

  loadOptimizer(): Uint8Array | undefined {
    return readChecked(join(this.folder, 'optimizer.bin'));
  }

  /**
   * Puts parameters on disk under their Merkle root (hex) and removes all others but those in `keep`: until the members
   * have agreed on new ones, the old ones are what the next epoch may start from.
   */
  async saveParameters(rootHex: string, bytes: Uint8Array, keep: readonly string[]): Promise<void> {
    await writeCheckedInPieces(this.parametersPath(rootHex), bytes);
    const kept = new Set([rootHex, ...keep].map((root) => `parameters-${root}.bin`));
    for (const name of list(this.folder)) {
      if (name.startsWith('parameters-') && !kept.has(name)) rmSync(join(this.folder, name), { force: true });
    }
  }

  loadParameters(rootHex: string): Uint8Array | undefined {
    return readChecked(this.parametersPath(rootHex));
  }

  private prune(kind: 'commitments' | 'proofs', epoch: number, round = 0): void {
    const folder = join(this.folder, kind);
    for (const name of list(folder)) {
      const [ofEpoch, ofRound] = name.split(/[-.]/).map(Number);
      if (ofEpoch < epoch || (ofEpoch === epoch && ofRound < round)) rmSync(join(folder, name), { force: true });
    }
  }

  private parametersPath(rootHex: string): string {
    return join(this.folder, `parameters-${rootHex}.bin`);
  }

  private commitmentPath(epoch: number, round: number): string {
    return join(this.folder, 'commitments', `${epoch}-${round}.bin`);
  }
}

function readable(path: string): Uint8Array[] {
  try {
    const content = readChecked(path);
    return content === undefined ? [] : [content];
  } catch {
    return [];
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

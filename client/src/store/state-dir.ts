import { readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PsycheError } from '../errors.js';
import { readChecked, readCheckedInPieces, sweepUnfinished, writeChecked, writeCheckedInPieces } from './atomic.js';
import { EpochJournal } from './epoch-journal.js';
import { lockState, type StateLock } from './lock.js';
import { PayloadStore } from './payload-store.js';

/** A commitment as it was, or will be, announced: never signed twice for one round (protocol section 3.2). */
export interface StoredCommitment {
  /** signature ‖ envelope ‖ body */
  announcement: Uint8Array;
  payload: Uint8Array;
}

/** A member's own optimizer memory, and the step it had come to; undefined where it had contributed to none. */
export interface StoredOptimizer {
  bytes: Uint8Array;
  step: number | undefined;
}

/** TCP ports by what is spoken on them: `tcp`, `ws`. */
export type Ports = Partial<Record<string, number>>;

/** Most that payloads of an epoch take on the disk unless told otherwise, bytes. */
export const DEFAULT_PAYLOAD_BYTES = 4e9;

/** In front of the optimizer's bytes: a version, and the step from 1; 0 for none. Both u32. */
const OPTIMIZER_VERSION = 1;
const OPTIMIZER_HEAD_BYTES = 8;

/** Where nodes keep their state unless told otherwise: `$XDG_DATA_HOME/psyche` or `~/.local/share/psyche`. */
export function defaultStateRoot(): string {
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'psyche');
}

/**
 * One node's files for one run: commitments, residual momentum, the last parameters everyone agreed on, and what the
 * epoch under way has applied to them. Every write is atomic and checked by hash; the folder is locked while open.
 */
export class StateDir {
  /** What the epoch's parameters are made of, for a replay. */
  readonly journal: EpochJournal;
  readonly payloads: PayloadStore;
  private saving: Promise<void> = Promise.resolve();

  private constructor(
    readonly folder: string,
    private readonly lock: StateLock,
    payloadBytes: number,
  ) {
    this.journal = new EpochJournal(join(folder, 'epoch.log'));
    this.payloads = new PayloadStore(join(folder, 'payloads'), { maxBytes: payloadBytes });
    for (const each of [folder, join(folder, 'commitments'), join(folder, 'proofs')]) sweepUnfinished(each);
  }

  /**
   * Opens `<root>/<run>/<node>`.
   * @param payloadBytes most that payloads take on the disk; 0: none are kept
   * @throws PsycheError `STATE_LOCKED` if another process has it open.
   */
  static open(root: string, run: string, node: string, payloadBytes = DEFAULT_PAYLOAD_BYTES): StateDir {
    const folder = join(root, run, node);
    return new StateDir(folder, lockState(folder), payloadBytes);
  }

  async close(): Promise<void> {
    const closed = this.journal.close();
    this.lock.release();
    await closed;
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

  /** One after the other, where several are asked for at once. */
  saveOptimizer(bytes: Uint8Array, step: number | undefined): Promise<void> {
    const head = Buffer.alloc(OPTIMIZER_HEAD_BYTES);
    head.writeUInt32LE(OPTIMIZER_VERSION);
    head.writeUInt32LE(step === undefined ? 0 : step + 1, 4);
    const saved = this.saving.then(() => writeCheckedInPieces(join(this.folder, 'optimizer.bin'), head, bytes));
    this.saving = saved.catch(() => {});
    return saved;
  }

  /** @throws PsycheError `STATE_FILE_DAMAGED`, `STATE_FILE_VERSION` */
  loadOptimizer(): StoredOptimizer | undefined {
    const raw = readChecked(join(this.folder, 'optimizer.bin'));
    if (raw === undefined) return undefined;
    const head = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    if (raw.length < OPTIMIZER_HEAD_BYTES || head.readUInt32LE(0) !== OPTIMIZER_VERSION) {
      throw new PsycheError('STATE_FILE_VERSION', 'another version of this client has written it');
    }
    const step = head.readUInt32LE(4);
    return { bytes: raw.subarray(OPTIMIZER_HEAD_BYTES), step: step === 0 ? undefined : step - 1 };
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

  /** Keeps the ports that this process listens on, by transport, for the next one. */
  savePorts(ports: Ports): void {
    writeChecked(join(this.folder, 'ports.bin'), Buffer.from(JSON.stringify(ports)));
  }

  /** A damaged file is as good as none. */
  loadPorts(): Ports {
    const [raw] = readable(join(this.folder, 'ports.bin'));
    const found = raw === undefined ? {} : (JSON.parse(Buffer.from(raw).toString()) as Ports);
    return Object.fromEntries(Object.entries(found).filter(([, port = 0]) => Number.isInteger(port) && port > 0 && port < 65_536));
  }

  /** Parameters that {@link saveParameters} put there. @throws PsycheError `STATE_FILE_DAMAGED` */
  readParameters(rootHex: string): Promise<Uint8Array | undefined> {
    return readCheckedInPieces(this.parametersPath(rootHex));
  }

  /** Puts parameters of the middle of an epoch on disk, beside those that are there until {@link pruneSnapshots}. */
  saveSnapshot(rootHex: string, bytes: Uint8Array): Promise<void> {
    return writeCheckedInPieces(this.snapshotPath(rootHex), bytes);
  }

  /** @throws PsycheError `STATE_FILE_DAMAGED` */
  readSnapshot(rootHex: string): Promise<Uint8Array | undefined> {
    return readCheckedInPieces(this.snapshotPath(rootHex));
  }

  /** Removes all snapshots, or all but one. */
  pruneSnapshots(rootHex?: string): void {
    for (const name of list(this.folder)) {
      if (name.startsWith('snapshot-') && name !== `snapshot-${rootHex}.bin`) rmSync(join(this.folder, name), { force: true });
    }
  }

  private snapshotPath(rootHex: string): string {
    return join(this.folder, `snapshot-${rootHex}.bin`);
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

import { concatBytes } from '../protocol/bytes.js';
import { ANNOUNCEMENT_BYTES, type Announcement, contradict, parseAnnouncement, verifyAnnouncement } from '../protocol/commitment.js';
import type { StateDir } from '../store/state-dir.js';
import { decodeKey, encodeKey } from './keys.js';

/** Two different commitments that one member signed for one round (protocol 3.2). */
export interface Equivocation {
  /** Node key, base58. */
  key: string;
  epoch: number;
  round: number;
  /** The member's, in that epoch. */
  index: number;
  first: Announcement;
  second: Announcement;
}

/**
 * The proofs of equivocation of one epoch, in memory and on disk, so that a restart forgets none: one per member is
 * enough, so there are never more than members. Of what is filed or found on disk nothing is believed: signatures are
 * checked against the key that is to be convicted.
 */
export class Evidence {
  private epoch: number | undefined;
  private readonly proofs = new Map<string, { equivocation: Equivocation; seenAt: number }>();

  constructor(private readonly store: Pick<StateDir, 'saveProof' | 'loadProofs' | 'pruneProofs'>) {}

  /** Forgets other epochs' proofs and takes up those of this one that are on disk. @param slot where the cluster is */
  open(epoch: number, slot: number): void {
    if (this.epoch === epoch) return;
    this.epoch = epoch;
    this.proofs.clear();
    this.store.pruneProofs(epoch);
    for (const bytes of this.store.loadProofs(epoch)) {
      const found = decode(bytes);
      if (found?.epoch === epoch) this.proofs.set(found.key, { equivocation: found, seenAt: slot });
    }
  }

  /**
   * Keeps a pair as a proof against `key`, if it is one and the first of this member.
   *
   * @returns the proof, if it is new. @throws where the disk fails; it is kept in memory then.
   */
  file(key: string, first: Announcement, second: Announcement, slot: number): Equivocation | undefined {
    this.open(first.epoch, slot);
    // Another index: of a Warmup that failed and was tried again with other places.
    if (this.proofs.get(key)?.equivocation.index === first.index) return undefined;
    const bytes = concatBytes(decodeKey(key), first.bytes, second.bytes);
    const equivocation = decode(bytes);
    if (equivocation === undefined) return undefined;
    this.proofs.set(key, { equivocation, seenAt: slot });
    this.store.saveProof(first.epoch, key, bytes);
    return equivocation;
  }

  /** The epoch's proofs, and the slot at which this client came by each. */
  of(epoch: number): { equivocation: Equivocation; seenAt: number }[] {
    return this.epoch === epoch ? [...this.proofs.values()] : [];
  }
}

/** Undefined for what does not prove anything. */
function decode(bytes: Uint8Array): Equivocation | undefined {
  if (bytes.length !== 32 + 2 * ANNOUNCEMENT_BYTES) return undefined;
  const key = bytes.subarray(0, 32);
  let first: Announcement;
  let second: Announcement;
  try {
    [first, second] = [0, 1].map((i) => parseAnnouncement(bytes.subarray(32 + i * ANNOUNCEMENT_BYTES, 32 + (i + 1) * ANNOUNCEMENT_BYTES)));
  } catch {
    return undefined;
  }
  if (!contradict(first, second) || ![first, second].every((a) => verifyAnnouncement(a, key))) return undefined;
  const { epoch, round, index } = first;
  return { key: encodeKey(key), epoch, round, index, first, second };
}

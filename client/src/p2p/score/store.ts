import type { P2pErrorCode } from '../errors.js';
import { keyId } from '../identity.js';
import { type Now, monotonic } from '../token-bucket.js';
import { FORGET_AT, MAX_SCORES, OFFENCES } from './constants.js';
import { Score, type Standing } from './score.js';

/**
 * The scores of members, by node key. They live as long as the process: a peer that changes its key has to become a
 * member again, with a deposit, and one that waits until we restart has done no harm meanwhile. Observers get none: a
 * key of theirs costs nothing, and thousands would push the members' scores out.
 */
export class ScoreStore {
  private readonly scores = new Map<string, Score>();

  constructor(private readonly now: Now = monotonic) {}

  /** Counts what a peer did. @returns its standing before and after */
  punish(nodeKey: Uint8Array, code: P2pErrorCode): { before: Standing; after: Standing } {
    const now = this.now();
    const points = OFFENCES[code];
    const before = this.standing(nodeKey);
    if (points === undefined || points === 0) return { before, after: before };
    const id = keyId(nodeKey);
    const score = this.scores.get(id) ?? this.make(id, now);
    score.add(points, now);
    return { before, after: score.standing(now) };
  }

  /** Milliseconds until its connections are taken again; 0 where they are. */
  barredFor(nodeKey: Uint8Array): number {
    return this.scores.get(keyId(nodeKey))?.barredFor(this.now()) ?? 0;
  }

  standing(nodeKey: Uint8Array): Standing {
    return this.scores.get(keyId(nodeKey))?.standing(this.now()) ?? 'good';
  }

  /** Whether its connections are refused for now. */
  isBarred(nodeKey: Uint8Array): boolean {
    return this.standing(nodeKey) !== 'good';
  }

  private make(id: string, now: number): Score {
    if (this.scores.size >= MAX_SCORES) this.makeRoom(now);
    const score = new Score(now);
    this.scores.set(id, score);
    return score;
  }

  /** Forgets those that have faded, or else the best one there is. */
  private makeRoom(now: number): void {
    let best: [id: string, value: number] | undefined;
    for (const [id, score] of this.scores) {
      const value = score.value(now);
      if (value > FORGET_AT) this.scores.delete(id);
      else if (best === undefined || value > best[1]) best = [id, value];
    }
    if (this.scores.size >= MAX_SCORES && best !== undefined) this.scores.delete(best[0]);
  }
}

import { BAN_AT, BAN_MS, DISCONNECT_AT, HALF_LIFE_MS, LOWEST_SCORE } from './constants.js';

/** What a score means for a peer's connections. */
export type Standing = 'good' | 'disconnected' | 'banned';

/** One peer's score. Times are milliseconds of any clock that does not go back. */
export class Score {
  private points = 0;
  private changedAt: number;
  private bannedUntil = -Infinity;

  constructor(now: number) {
    this.changedAt = now;
  }

  /** Adds (negative) points. */
  add(points: number, now: number): void {
    this.points = Math.max(LOWEST_SCORE, this.value(now) + points);
    this.changedAt = now;
    if (this.points <= BAN_AT) this.bannedUntil = now + BAN_MS;
  }

  /** The points that are left of what was added. */
  value(now: number): number {
    // a ban stops the clock
    const since = Math.max(0, now - Math.max(this.changedAt, this.bannedUntil));
    return this.points * 2 ** (-since / HALF_LIFE_MS);
  }

  /** Milliseconds until its standing is good again, if nothing is added. */
  barredFor(now: number): number {
    if (this.standing(now) === 'good') return 0;
    return Math.max(0, this.bannedUntil - now) + HALF_LIFE_MS * Math.log2(this.value(now) / DISCONNECT_AT);
  }

  standing(now: number): Standing {
    if (now < this.bannedUntil) return 'banned';
    return this.value(now) <= DISCONNECT_AT ? 'disconnected' : 'good';
  }
}

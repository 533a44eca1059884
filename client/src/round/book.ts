import { bitsOf } from '../protocol/bitmap.js';
import { bytesEqual, toHex } from '../protocol/bytes.js';
import type { Announcement } from '../protocol/commitment.js';
import { acceptedListRoot, type AcceptedEntry } from '../protocol/merkle.js';
import { quorum } from '../protocol/quorum.js';
import type { WitnessList } from '../protocol/witness-list.js';

/**
 * Different commitments kept for one trainer: two prove an equivocation, more would only fill memory. What elected witnesses
 * list comes on top, one of each witness at most, since what it has listed it cannot take back.
 */
const MAX_PER_INDEX = 2;

/** Lists of one witness that are taken: it has one when it holds all there can be, and few after that. */
const MAX_LISTS = 8;

/**
 * What one participant knows of one round: who announced what, whose payloads it holds and has checked, and what the
 * witnesses say they hold (protocol 3.2 to 3.4). Bookkeeping only: no network, no clock.
 */
export class RoundBook {
  private readonly announcements = new Map<number, Map<string, Announcement>>();
  private readonly payloads = new Map<string, Uint8Array>();
  private readonly unusable = new Set<string>();
  private readonly lists = new Map<number, { list: WitnessList; times: number }>();
  private elected: readonly number[] | undefined;
  private closed = false;
  private released = false;

  constructor(
    readonly epoch: number,
    readonly round: number,
  ) {}

  /** Files a commitment whose signature was verified. @returns whether it was new. */
  addAnnouncement(announcement: Announcement): boolean {
    const { index } = announcement;
    const key = toHex(announcement.commitmentHash);
    if (this.announcements.get(index)?.has(key) || !this.isOfUse(announcement)) return false;
    const known = this.announcements.get(index) ?? new Map<string, Announcement>();
    this.announcements.set(index, known.set(key, announcement));
    return true;
  }

  /** Whether it is known, or there is room for it: what is of no use is not passed on either. */
  isOfUse(announcement: Announcement): boolean {
    const known = this.announcements.get(announcement.index);
    const same = known?.get(toHex(announcement.commitmentHash));
    // Its trainer can sign one commitment in many ways.
    if (same !== undefined) return bytesEqual(same.bytes, announcement.bytes);
    return known === undefined || known.size < MAX_PER_INDEX || this.isListed(announcement);
  }

  /** Whether an elected witness's list names it: then it may be what is accepted, however many its trainer has signed. */
  private isListed({ index, commitmentHash }: Announcement): boolean {
    return this.elected !== undefined && this.allLists().some(({ entries }) => entries.some((e) => e.index === index && bytesEqual(e.commitmentHash, commitmentHash)));
  }

  /** Whether the announcements of all these are there, so that their payloads can be asked for. */
  knows(entries: readonly AcceptedEntry[]): boolean {
    return entries.every((e) => this.announcements.get(e.index)?.has(toHex(e.commitmentHash)));
  }

  /** The announcement of an entry, if it is known. */
  announcementOf({ index, commitmentHash }: AcceptedEntry): Announcement | undefined {
    return this.announcements.get(index)?.get(toHex(commitmentHash));
  }

  /** What is known to be announced by a member. */
  announcedBy(index: number): Announcement[] {
    return [...(this.announcements.get(index)?.values() ?? [])];
  }

  /** The first two different commitments known of a trainer, where there is more than one: they prove an equivocation. */
  conflictOf(index: number): [Announcement, Announcement] | undefined {
    const [first, second] = this.announcements.get(index)?.values() ?? [];
    return second && [first, second];
  }

  /** Every commitment known of the round. */
  allAnnouncements(): Announcement[] {
    return [...this.announcements.values()].flatMap((known) => [...known.values()]);
  }

  /**
   * For a peer that missed some: the elected witnesses' lists, each trainer's first commitment, each one's second, and so on. An
   * answer takes only so many, and who signs more than others must not crowd them out.
   */
  messages(): Uint8Array[] {
    const lists = this.elected === undefined ? [] : this.allLists();
    const announcements = [...this.announcements.values()].flatMap((known) => [...known.values()].map(({ bytes }, place) => ({ bytes, place })));
    return [...lists, ...announcements.sort((a, b) => a.place - b.place)].map(({ bytes }) => bytes);
  }

  /** Files a payload whose hash and content were checked. @returns whether it is kept: not if the round's were let go of. */
  addPayload(commitmentHash: Uint8Array, payload: Uint8Array): boolean {
    if (!this.released) this.payloads.set(toHex(commitmentHash), payload);
    return !this.released;
  }

  /** Bytes of the payloads held. */
  get payloadBytes(): number {
    let bytes = 0;
    for (const payload of this.payloads.values()) bytes += payload.length;
    return bytes;
  }

  /** Lets go of the payloads, for good: who announced what is still known. @returns the hashes of those that were held */
  releasePayloads(): Uint8Array[] {
    const held = this.allAnnouncements().filter((a) => this.payloads.has(toHex(a.commitmentHash)));
    this.released = true;
    this.payloads.clear();
    return held.map((a) => a.body.payloadHash);
  }

  payload(commitmentHash: Uint8Array): Uint8Array | undefined {
    return this.payloads.get(toHex(commitmentHash));
  }

  /** A commitment whose payload is garbage: it is never listed, nor asked for again. */
  markUnusable(commitmentHash: Uint8Array): void {
    this.unusable.add(toHex(commitmentHash));
  }

  isUnusable(commitmentHash: Uint8Array): boolean {
    return this.unusable.has(toHex(commitmentHash));
  }

  /** Commitments whose payloads are still to be fetched. */
  missingPayloads(): Announcement[] {
    if (this.released) return [];
    return this.allAnnouncements().filter((a) => !this.payloads.has(toHex(a.commitmentHash)) && !this.isUnusable(a.commitmentHash));
  }

  /**
   * After the round's deadline nothing more enters this participant's own list, so that witnesses come to the same
   * one; payloads already accepted by others are still fetched and kept.
   */
  closeList(): void {
    if (this.closed) return;
    this.frozen = this.held();
    this.closed = true;
  }
  private frozen: AcceptedEntry[] = [];

  /**
   * What this participant holds and has checked, of each trainer the commitment whose payload came first, so that it only
   * grows; ascending by index.
   */
  held(): AcceptedEntry[] {
    if (this.closed) return this.frozen;
    const announced = new Map(this.allAnnouncements().map((a) => [toHex(a.commitmentHash), a]));
    const entries = new Map<number, AcceptedEntry>();
    for (const key of this.payloads.keys()) {
      const found = announced.get(key);
      if (found !== undefined && !entries.has(found.index)) entries.set(found.index, { index: found.index, commitmentHash: found.commitmentHash });
    }
    return [...entries.values()].sort((a, b) => a.index - b.index);
  }

  /** Who the round's witnesses are, by member index, once its seed says so: what others list counts for nothing. */
  elect(witnesses: readonly number[]): void {
    this.elected = witnesses;
    for (const index of this.lists.keys()) if (!witnesses.includes(index)) this.lists.delete(index);
  }

  get hasWitnesses(): boolean {
    return this.elected !== undefined;
  }

  /** Files a witness's list whose signature was verified, if it is of use. */
  addList(list: WitnessList): void {
    if (!this.isListOfUse(list)) return;
    const known = this.lists.get(list.memberIndex);
    if (known?.list.entries.length !== list.entries.length) this.lists.set(list.memberIndex, { list, times: (known?.times ?? 0) + 1 });
  }

  /**
   * Whether a list is the one known of its witness, or says all that one does and more. Who may sign as many as it likes, and
   * name others in each, would fill everybody's links and memory.
   */
  isListOfUse(list: WitnessList): boolean {
    if (this.elected?.includes(list.memberIndex) === false) return false;
    const known = this.lists.get(list.memberIndex);
    if (known === undefined || bytesEqual(known.list.bytes, list.bytes)) return true;
    if (known.times === MAX_LISTS || list.entries.length <= known.list.entries.length) return false;
    const hashes = new Map(list.entries.map((e) => [e.index, e.commitmentHash]));
    return known.list.entries.every(({ index, commitmentHash }) => bytesEqual(hashes.get(index) ?? new Uint8Array(), commitmentHash));
  }

  allLists(): WitnessList[] {
    return [...this.lists.values()].map(({ list }) => list);
  }

  /**
   * The accepted list as the witnesses' lists stand: a commitment is in it when a quorum of the elected names the same
   * hash for its index (protocol 3.4). Ascending by index.
   * @param witnesses member indices of the elected witnesses
   */
  accepted(witnesses: readonly number[]): AcceptedEntry[] {
    const needed = quorum(witnesses.length);
    const counts = new Map<string, { entry: AcceptedEntry; count: number }>();
    for (const witness of witnesses) {
      for (const entry of this.lists.get(witness)?.list.entries ?? []) {
        const key = `${entry.index}:${toHex(entry.commitmentHash)}`;
        const count = (counts.get(key)?.count ?? 0) + 1;
        counts.set(key, { entry, count });
      }
    }
    return [...counts.values()]
      .filter(({ count }) => count >= needed)
      .map(({ entry }) => entry)
      .sort((a, b) => a.index - b.index);
  }

  /** The payloads of `entries` in their order, or `undefined` while one is missing. */
  payloadsOf(entries: readonly AcceptedEntry[]): Uint8Array[] | undefined {
    const found = entries.map((e) => this.payload(e.commitmentHash));
    return found.every((p) => p !== undefined) ? (found as Uint8Array[]) : undefined;
  }

  /**
   * Which commitments a decided round's bitmap and root mean, or `undefined` if what is known does not hash to the
   * root: a participant that missed an announcement, or got another one of an equivocator, asks its peers.
   * @param witnesses member indices of the round's elected witnesses
   */
  resolve(bitmap: Uint8Array, root: Uint8Array, witnesses: readonly number[]): AcceptedEntry[] | undefined {
    const indices = bitsOf(bitmap);
    const candidates: (AcceptedEntry[] | undefined)[] = [this.pick(indices, this.held()), this.pick(indices, this.accepted(witnesses))];
    for (const { entries } of this.allLists()) candidates.push(this.pick(indices, entries));
    const announced = indices.map((index) => ({ index, commitmentHash: [...(this.announcements.get(index)?.values() ?? [])][0]?.commitmentHash }));
    if (announced.every((a) => a.commitmentHash !== undefined)) candidates.push(announced as AcceptedEntry[]);
    return candidates.find((c) => c !== undefined && bytesEqual(acceptedListRoot(c), root));
  }

  private pick(indices: readonly number[], entries: readonly AcceptedEntry[]): AcceptedEntry[] | undefined {
    const byIndex = new Map(entries.map((e) => [e.index, e]));
    const picked = indices.map((i) => byIndex.get(i));
    return picked.every((p) => p !== undefined) ? (picked as AcceptedEntry[]) : undefined;
  }
}

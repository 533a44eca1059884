import type { Stream } from '@libp2p/interface';
import { ByteReader, ByteWriter, concatBytes } from '../protocol/bytes.js';
import { ANNOUNCEMENT_BYTES, MAX_MEMBERS, type Announcement, parseAnnouncement } from '../protocol/commitment.js';
import { WITNESS_LIST_MAX_BYTES, type WitnessList, parseWitnessList } from '../protocol/witness-list.js';
import { within } from './deadline.js';
import { P2pError } from './errors.js';
import { type PeerStreams, askPeer } from './peer-streams.js';
import { transferTimeout } from './range-transfer.js';
import { StreamReader, asError, closeQuietly, writeAll } from './stream-io.js';
import type { ServingLimits } from './serving-limits.js';

export const ANNOUNCEMENT_PROTOCOL = '/psyche/announcements/1';

/*
 * What gossip brought and somebody missed, asked of one peer on a stream of its own:
 *
 *   request   kind u8 (0 announcements, 1 witness lists) ‖ epoch u32 ‖ round u32
 *   answer    count u16 ‖ count × (length u16 ‖ bytes)
 */
const REQUEST_BYTES = 9;
const ANNOUNCEMENTS = 0;
const LISTS = 1;

/** Two per member: an equivocation is passed on too. */
const MAX_MESSAGES = 2 * MAX_MEMBERS;
const MAX_LENGTH = [ANNOUNCEMENT_BYTES, WITNESS_LIST_MAX_BYTES];
const MAX_ANSWER_BYTES = 2 + MAX_MESSAGES * (2 + WITNESS_LIST_MAX_BYTES);

/** What this node passes on: whole messages as they were gossiped. */
export type MessageLookup = (epoch: number, round: number) => readonly Uint8Array[];

/** Asks peers for the announcements and lists of a round, and answers those who ask (protocol 3, "misses"). */
export class AnnouncementExchange {
  announcements: MessageLookup = () => [];
  lists: MessageLookup = () => [];

  constructor(
    private readonly peers: PeerStreams,
    private readonly limits: ServingLimits,
  ) {}

  /** Never throws. */
  async serve(stream: Stream, signal: AbortSignal): Promise<void> {
    try {
      await within(transferTimeout(MAX_ANSWER_BYTES), signal, 'answering a peer', async (inner) => {
        const request = new ByteReader(await new StreamReader(stream, REQUEST_BYTES).read(REQUEST_BYTES, inner), 'request');
        const [kind, epoch, round] = [request.u8(), request.u32(), request.u32()];
        const lookup = [this.announcements, this.lists][kind];
        const answer = encodeMessages(lookup?.(epoch, round) ?? []);
        await this.limits.run(answer.length, inner, () => writeAll(stream, answer, inner));
      });
      closeQuietly(stream, signal);
    } catch (error) {
      stream.abort(asError(error));
    }
  }

  /**
   * The announcements of a round that `source` knows: well-formed and of that round. Whether the signatures hold is
   * the caller's to check.
   *
   * @throws {P2pError} NOT_CONNECTED, PEER_TIMEOUT, BAD_ANSWER …
   */
  async fetchAnnouncements(epoch: number, round: number, source: Uint8Array, signal: AbortSignal): Promise<Announcement[]> {
    return this.ask(ANNOUNCEMENTS, epoch, round, source, signal, parseAnnouncement);
  }

  /** The same for witness lists. */
  async fetchLists(epoch: number, round: number, source: Uint8Array, signal: AbortSignal): Promise<WitnessList[]> {
    return this.ask(LISTS, epoch, round, source, signal, parseWitnessList);
  }

  private ask<T extends { epoch: number; round: number }>(
    kind: number,
    epoch: number,
    round: number,
    source: Uint8Array,
    signal: AbortSignal,
    parse: (bytes: Uint8Array) => T,
  ): Promise<T[]> {
    return askPeer(this.peers, source, ANNOUNCEMENT_PROTOCOL, signal, (stream) =>
      within(transferTimeout(MAX_MESSAGES * MAX_LENGTH[kind]), signal, 'the answer of a peer', async (inner) => {
        const reader = new StreamReader(stream, 0);
        reader.expect(MAX_ANSWER_BYTES);
        await writeAll(stream, new ByteWriter(REQUEST_BYTES).u8(kind).u32(epoch).u32(round).finish(), inner);
        const count = new ByteReader(await reader.read(2, inner), 'answer').u16();
        if (count > MAX_MESSAGES) throw new P2pError('BAD_ANSWER', `${count} messages of one round: there cannot be that many`);
        const messages: T[] = [];
        for (let i = 0; i < count; i++) {
          const length = new ByteReader(await reader.read(2, inner), 'answer').u16();
          if (length > MAX_LENGTH[kind]) throw new P2pError('BAD_ANSWER', `a message of ${length} bytes`);
          messages.push(parseOwn(await reader.read(length, inner), epoch, round, parse));
        }
        return messages;
      }),
    );
  }
}

function parseOwn<T extends { epoch: number; round: number }>(bytes: Uint8Array, epoch: number, round: number, parse: (bytes: Uint8Array) => T): T {
  let message: T;
  try {
    message = parse(bytes);
  } catch (error) {
    throw new P2pError('BAD_ANSWER', `not a message: ${asError(error).message}`, { cause: error });
  }
  if (message.epoch !== epoch || message.round !== round) throw new P2pError('BAD_ANSWER', 'a message of another round');
  return message;
}

function encodeMessages(messages: readonly Uint8Array[]): Uint8Array {
  const chosen = messages.slice(0, MAX_MESSAGES);
  const parts = chosen.map((bytes) => concatBytes(new ByteWriter(2).u16(bytes.length).finish(), bytes));
  return concatBytes(new ByteWriter(2).u16(chosen.length).finish(), ...parts);
}

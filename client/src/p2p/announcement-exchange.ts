import type { Stream } from '@libp2p/interface';
import { ByteReader, ByteWriter, concatBytes } from '../protocol/bytes.js';
import { ANNOUNCEMENT_BYTES, MAX_MEMBERS, type Announcement, parseAnnouncement } from '../protocol/commitment.js';
import { WITNESS_LIST_MAX_BYTES, type WitnessList, parseWitnessList } from '../protocol/witness-list.js';
import { within } from './deadline.js';
import { P2pError } from './errors.js';
import { type PeerStreams, askPeer } from './peer-streams.js';
import { transferTimeout } from './pace.js';
import { RANGE_BYTES } from './serving-limits.js';
import type { ServingShare } from './serving-share.js';
import { StreamReader, asError, closeQuietly, writeAll } from './stream-io.js';

export const ANNOUNCEMENT_PROTOCOL = '/psyche/announcements/1';

/*
 * What gossip brought and somebody missed, asked of one peer on a stream of its own:
 *
 *   request   epoch u32 ‖ round u32
 *   answer    count u16 ‖ count × (kind u8: 0 announcement, 1 witness list ‖ length u16 ‖ bytes), at most 1 MiB
 */
const REQUEST_BYTES = 8;
const ANNOUNCEMENT = 0;
const LIST = 1;
const MAX_ANSWER_BYTES = RANGE_BYTES;

/** More than there are: of each member two announcements, since an equivocation is passed on too, and one list. */
const MAX_MESSAGES = 4 * MAX_MEMBERS;

/** Messages of one round as they were gossiped. */
export interface RoundMessages {
  announcements: Announcement[];
  lists: WitnessList[];
}

/** What this node passes on: whole announcements and witness lists of a round, in any order. */
export type MessageLookup = (epoch: number, round: number) => readonly Uint8Array[];

/** Asks peers for the announcements and lists of a round, and answers those who ask. */
export class AnnouncementExchange {
  lookup: MessageLookup = () => [];

  constructor(private readonly peers: PeerStreams) {}

  /** Never throws. */
  async serve(stream: Stream, share: ServingShare, signal: AbortSignal): Promise<void> {
    try {
      await within(transferTimeout(MAX_ANSWER_BYTES), signal, 'answering a peer', async (inner) => {
        const request = new ByteReader(await new StreamReader(stream, REQUEST_BYTES).read(REQUEST_BYTES, inner), 'request');
        await share.request(inner);
        const answer = encodeMessages(this.lookup(request.u32(), request.u32()));
        await share.run(answer.length, inner, () => writeAll(stream, answer, inner));
      });
      closeQuietly(stream, signal);
    } catch (error) {
      stream.abort(asError(error));
    }
  }

  /**
   * The messages of a round that `source` knows: well-formed and of that round. Whether the signatures hold is the
   * caller's to check.
   *
   * @throws {P2pError} NOT_CONNECTED, PEER_TIMEOUT, BAD_ANSWER …
   */
  fetch(epoch: number, round: number, source: Uint8Array, signal: AbortSignal): Promise<RoundMessages> {
    return askPeer(this.peers, source, ANNOUNCEMENT_PROTOCOL, signal, (stream) =>
      within(transferTimeout(MAX_ANSWER_BYTES), signal, 'the answer of a peer', async (inner) => {
        const reader = new StreamReader(stream, 0);
        reader.expect(MAX_ANSWER_BYTES);
        await writeAll(stream, new ByteWriter(REQUEST_BYTES).u32(epoch).u32(round).finish(), inner);
        const count = new ByteReader(await reader.read(2, inner), 'answer').u16();
        if (count > MAX_MESSAGES) throw new P2pError('BAD_ANSWER', `${count} messages of one round: there cannot be that many`);
        const messages: RoundMessages = { announcements: [], lists: [] };
        for (let i = 0; i < count; i++) {
          const head = new ByteReader(await reader.read(3, inner), 'answer');
          const [kind, length] = [head.u8(), head.u16()];
          if (kind > LIST || length > WITNESS_LIST_MAX_BYTES) throw new P2pError('BAD_ANSWER', `message of kind ${kind} and ${length} bytes`);
          const bytes = await reader.read(length, inner);
          if (kind === ANNOUNCEMENT) messages.announcements.push(ofRound(bytes, epoch, round, parseAnnouncement));
          else messages.lists.push(ofRound(bytes, epoch, round, parseWitnessList));
        }
        return messages;
      }),
    );
  }
}

function ofRound<T extends { epoch: number; round: number }>(bytes: Uint8Array, epoch: number, round: number, parse: (bytes: Uint8Array) => T): T {
  let message: T;
  try {
    message = parse(bytes);
  } catch (error) {
    throw new P2pError('BAD_ANSWER', `not a message: ${asError(error).message}`, { cause: error });
  }
  if (message.epoch !== epoch || message.round !== round) throw new P2pError('BAD_ANSWER', 'a message of another round');
  return message;
}

/** What does not fit an answer is left out: the asker has other peers. */
function encodeMessages(messages: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 2;
  for (const bytes of messages.slice(0, MAX_MESSAGES)) {
    size += 3 + bytes.length;
    if (size > MAX_ANSWER_BYTES) break;
    // no witness list has an announcement's length: 192 + 32 n against 363
    const kind = bytes.length === ANNOUNCEMENT_BYTES ? ANNOUNCEMENT : LIST;
    parts.push(concatBytes(new ByteWriter(3).u8(kind).u16(bytes.length).finish(), bytes));
  }
  return concatBytes(new ByteWriter(2).u16(parts.length).finish(), ...parts);
}

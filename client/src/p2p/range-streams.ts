import type { Stream } from '@libp2p/interface';
import { P2pError } from './errors.js';
import { keyId } from './identity.js';
import { type PeerStreams, named, openStream } from './peer-streams.js';
import { RangeClient } from './range-transfer.js';
import { asError, closeQuietly } from './stream-io.js';
import { WaitingLine } from './waiting-line.js';

/** Streams to one peer at a time, below what it takes of one protocol; who wants more waits. */
const AT_ONCE = 12;

/** Streams to one peer that are kept for the next request, and how long: less than the peer waits for one. */
const KEPT = 4;
const KEEP_MS = 15_000;

interface Kept {
  stream: Stream;
  client: RangeClient;
  timer: NodeJS.Timeout;
}

interface Peer {
  busy: number;
  kept: Kept[];
  waiting: WaitingLine<undefined>;
}

/**
 * Conversations with peers in one protocol of ranges, on streams that are used again: a round's payloads come from the
 * same peers as the last one's, and opening a stream costs a round trip and, on both sides, more than a small payload.
 */
export class RangeStreams {
  private readonly byPeer = new Map<string, Peer>();

  constructor(
    private readonly peers: PeerStreams,
    private readonly protocol: string,
  ) {}

  /**
   * Talks with one peer on a stream that is nobody else's meanwhile.
   *
   * @throws {P2pError} with the peer's name in the message; the signal's reason.
   */
  async use<T>(nodeKey: Uint8Array, signal: AbortSignal, talk: (client: RangeClient) => Promise<T>): Promise<T> {
    const id = keyId(nodeKey);
    const peer = this.byPeer.get(id) ?? { busy: 0, kept: [], waiting: new WaitingLine<undefined>() };
    this.byPeer.set(id, peer);
    await this.enter(peer, signal);
    try {
      const kept = this.takeKept(peer);
      if (kept !== undefined) {
        const outcome = await this.talkOn(id, peer, kept.stream, kept.client, talk).catch((error: unknown) => {
          // the peer may have ended it just now, or restarted: that says nothing about a new one
          if (signal.aborted || kept.client.answers > 0 || !isEnded(error)) throw error;
          return undefined;
        });
        if (outcome !== undefined) return outcome.result;
      }
      const stream = await openStream(this.peers, nodeKey, this.protocol, signal);
      return (await this.talkOn(id, peer, stream, new RangeClient(stream, this.peers.pace(nodeKey)), talk)).result;
    } catch (error) {
      throw named(this.peers, nodeKey, error, signal);
    } finally {
      this.leave(id, peer);
    }
  }

  private async talkOn<T>(id: string, peer: Peer, stream: Stream, client: RangeClient, talk: (client: RangeClient) => Promise<T>): Promise<{ result: T }> {
    client.answers = 0;
    try {
      const result = await talk(client);
      this.keep(id, peer, stream, client);
      return { result };
    } catch (error) {
      // the peer has answered in good order, and waits for another request
      if (error instanceof P2pError && error.code === 'NOT_FOUND') this.keep(id, peer, stream, client);
      else stream.abort(asError(error));
      throw error;
    }
  }

  private keep(id: string, peer: Peer, stream: Stream, client: RangeClient): void {
    if (!isUsable(stream)) return;
    if (peer.kept.length >= KEPT) return closeQuietly(stream);
    const timer = setTimeout(() => {
      peer.kept.splice(peer.kept.indexOf(entry), 1);
      closeQuietly(stream);
      this.tidy(id, peer);
    }, KEEP_MS).unref();
    const entry: Kept = { stream, client, timer };
    peer.kept.push(entry);
  }

  /** The one used last: it is the likeliest to be open still. */
  private takeKept(peer: Peer): Kept | undefined {
    for (let kept = peer.kept.pop(); kept !== undefined; kept = peer.kept.pop()) {
      clearTimeout(kept.timer);
      if (isUsable(kept.stream)) return kept;
    }
    return undefined;
  }

  private enter(peer: Peer, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (peer.busy < AT_ONCE) {
      peer.busy++;
      return Promise.resolve();
    }
    return peer.waiting.wait(undefined, signal);
  }

  /** Its place goes to the next in line. */
  private leave(id: string, peer: Peer): void {
    if (peer.waiting.length > 0) return peer.waiting.start();
    peer.busy--;
    this.tidy(id, peer);
  }

  private tidy(id: string, peer: Peer): void {
    if (peer.busy === 0 && peer.kept.length === 0) this.byPeer.delete(id);
  }
}

function isUsable(stream: Stream): boolean {
  return stream.status === 'open' && stream.writeStatus === 'writable' && stream.remoteWriteStatus === 'writable';
}

/** What a stream that was closed or reset meanwhile fails with: ours, or libp2p's own. */
function isEnded(error: unknown): boolean {
  return !(error instanceof P2pError) || error.code === 'STREAM_ENDED';
}

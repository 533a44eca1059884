import type { Stream } from '@libp2p/interface';
import { P2pError, isOffence } from './errors.js';
import { within } from './deadline.js';
import { shortName } from './identity.js';
import type { Pace } from './pace.js';
import { asError, closeQuietly } from './stream-io.js';

/** Opening a stream includes, where there is no connection, making one. */
const OPEN_TIMEOUT_MS = 10_000;

/** What the exchanges need of the node. */
export interface PeerStreams {
  /** @throws {P2pError} NOT_A_MEMBER or NOT_CONNECTED. */
  open(nodeKey: Uint8Array, protocol: string, signal: AbortSignal): Promise<Stream>;
  /** How long this peer takes to answer. */
  pace(nodeKey: Uint8Array): Pace;
  /** Called for what only a dishonest or broken peer does. */
  offence(nodeKey: Uint8Array, error: P2pError): void;
}

/**
 * One conversation with one peer on a stream of its own, which is closed after it or, if it failed, reset.
 *
 * @throws {P2pError} with the peer's name in the message.
 */
export async function askPeer<T>(
  peers: PeerStreams,
  nodeKey: Uint8Array,
  protocol: string,
  signal: AbortSignal,
  talk: (stream: Stream, pace: Pace) => Promise<T>,
): Promise<T> {
  let stream: Stream | undefined;
  try {
    stream = await openStream(peers, nodeKey, protocol, signal);
    const result = await talk(stream, peers.pace(nodeKey));
    closeQuietly(stream);
    return result;
  } catch (error) {
    stream?.abort(asError(error));
    throw named(peers, nodeKey, error, signal);
  }
}

/** @throws {P2pError} NOT_A_MEMBER, NOT_CONNECTED, PEER_TIMEOUT; the signal's reason. */
export function openStream(peers: PeerStreams, nodeKey: Uint8Array, protocol: string, signal: AbortSignal): Promise<Stream> {
  return within(OPEN_TIMEOUT_MS, signal, 'reaching a peer', (inner) => peers.open(nodeKey, protocol, inner));
}

/** What to throw when a conversation failed: the signal's reason, or what the peer did, held against it if it is an offence. */
export function named(peers: PeerStreams, nodeKey: Uint8Array, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (isOffence(error)) peers.offence(nodeKey, error);
  const code = error instanceof P2pError ? error.code : 'STREAM_ENDED';
  return new P2pError(code, `${shortName(nodeKey)}: ${asError(error).message}`, { cause: error });
}

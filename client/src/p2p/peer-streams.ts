import type { Stream } from '@libp2p/interface';
import { P2pError, isOffence } from './errors.js';
import { within } from './deadline.js';
import { shortName } from './identity.js';
import { asError, closeQuietly } from './stream-io.js';

/** Opening a stream includes, where there is no connection, making one. */
const OPEN_TIMEOUT_MS = 10_000;

/** What the exchanges need of the node. */
export interface PeerStreams {
  /** @throws {P2pError} NOT_A_MEMBER or NOT_CONNECTED. */
  open(nodeKey: Uint8Array, protocol: string, signal: AbortSignal): Promise<Stream>;
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
  talk: (stream: Stream) => Promise<T>,
): Promise<T> {
  let stream: Stream | undefined;
  try {
    stream = await within(OPEN_TIMEOUT_MS, signal, 'reaching a peer', (inner) => peers.open(nodeKey, protocol, inner));
    const result = await talk(stream);
    closeQuietly(stream);
    return result;
  } catch (error) {
    stream?.abort(asError(error));
    signal.throwIfAborted();
    if (isOffence(error)) peers.offence(nodeKey, error);
    const code = error instanceof P2pError ? error.code : 'STREAM_ENDED';
    throw new P2pError(code, `${shortName(nodeKey)}: ${asError(error).message}`, { cause: error });
  }
}

/*
 * What the loss of packets looks like to whoever reads a TCP stream: nothing is missing, but all that follows a lost
 * segment waits until it has come. docs/chaos.md says what of TCP is left out.
 */

/** Payload of a full segment on Ethernet, bytes. */
const SEGMENT_BYTES = 1448;
/** Segments behind a lost one that tell the sender of it at once; with fewer it finds out by a timer (RFC 5681). */
const DUPLICATES = 3;
/** Linux' least retransmission timeout, and the most it is doubled to. */
const LEAST_TIMEOUT_MS = 200;
const LONGEST_TIMEOUT_MS = 120_000;
/** The first wait for an answer to a connection request, doubled each time (RFC 6298). */
const CONNECT_TIMEOUT_MS = 1_000;
/** Beyond, one segment more or less changes nothing. */
const MOST_SEGMENTS = 256;

/**
 * How long a stream stands still because of what is lost of `bytes` that are sent at once.
 *
 * @param loss chance that a segment is lost, 0 to 1.
 * @param rttMs of the path, without what is lost.
 */
export function stallMs(bytes: number, loss: number, rttMs: number, random: () => number): number {
  if (loss <= 0) return 0;
  const segments = Math.min(MOST_SEGMENTS, Math.ceil(bytes / SEGMENT_BYTES));
  let stall = 0;
  for (let i = 0; i < segments; i++) {
    if (random() >= loss) continue;
    let timeout = Math.max(LEAST_TIMEOUT_MS, 2 * rttMs);
    // All that is lost of a flight is repaired side by side, so what takes longest counts.
    let repair = segments - i > DUPLICATES ? rttMs : timeout;
    while (random() < loss) {
      repair += timeout;
      timeout = Math.min(LONGEST_TIMEOUT_MS, 2 * timeout);
    }
    stall = Math.max(stall, repair);
  }
  return stall;
}

/** How long a connection takes to come about because requests or answers are lost. */
export function connectStallMs(lossThere: number, lossBack: number, random: () => number): number {
  const failure = 1 - (1 - lossThere) * (1 - lossBack);
  let stall = 0;
  for (let timeout = CONNECT_TIMEOUT_MS; timeout < LONGEST_TIMEOUT_MS && random() < failure; timeout *= 2) stall += timeout;
  return stall;
}

/** What the bench asks of its processes, and what they answer. */

export interface PeerAddress {
  nodeKey: Uint8Array;
  multiaddr: Uint8Array;
}

export type Order =
  /** Become a node; with a model, one that serves it. */
  | { do: 'start'; index: number; serve?: { bytes: number } }
  | { do: 'connect'; members: PeerAddress[] }
  /** Fetch a model from the members; `ahead`: to the disk only; `report`: with its progress. */
  | { do: 'fetch'; root: Uint8Array; bytes: number; sources: Uint8Array[]; folder?: string; ahead?: boolean; report?: boolean }
  /** Take so many bytes over one plain stream. */
  | { do: 'stream'; address: string; bytes: number }
  /** Tell what was used since the last time this was asked. */
  | { do: 'usage' };

export interface Started extends PeerAddress {
  root?: Uint8Array;
  /** Where {@link Order} `stream` finds this process. */
  streamAddress: string;
}

export interface Usage {
  /** Most memory since the process began. */
  peakBytes: number;
  cpuSeconds: number;
  /** How long the event loop was late, milliseconds. */
  lateMedian: number;
  lateP99: number;
  lateMost: number;
}

export interface Answers {
  start: Started;
  connect: true;
  /** Seconds it took. */
  fetch: number;
  stream: number;
  usage: Usage;
}

export type Message = { id: number; answer: unknown } | { id: number; failure: string } | { id: number; progress: number };

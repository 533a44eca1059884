const MiB = 1024 * 1024;

/** What the HTTP service grants. Times in milliseconds. */
export interface RpcLimits {
  /** A request's body. Agave takes 50 KiB; this is room for a batch of 600 of the largest transactions. */
  readonly bodyBytes: number;
  /** All bodies that are in memory at one time. */
  readonly allBodiesBytes: number;
  /** How much of a body that is too large is read, and thrown away, so that its sender gets to read the refusal. */
  readonly drainBytes: number;
  /** The answers of one batch. */
  readonly batchReplyBytes: number;
  /** All answers that their readers have not taken yet. While there are more, requests are refused. */
  readonly allRepliesBytes: number;
  /** From the first byte of a request, or from the connection's begin, to the end of its headers. */
  readonly headersMs: number;
  /** To the end of its body. */
  readonly requestMs: number;
  /** How long a reader may take for every 4 MiB of an answer. */
  readonly replyMs: number;
  /** How long a connection may lie idle between two requests. */
  readonly idleMs: number;
  /** Connections, on each of the two ports. */
  readonly connections: number;
}

export const RPC_LIMITS: RpcLimits = {
  bodyBytes: MiB, allBodiesBytes: 64 * MiB, drainBytes: 64 * MiB, batchReplyBytes: 64 * MiB, allRepliesBytes: 256 * MiB,
  headersMs: 10_000, requestMs: 30_000, replyMs: 30_000, idleMs: 60_000, connections: 16_384,
};

/** Bytes that are in use of those there are. */
export class Budget {
  #used = 0;

  constructor(readonly limit: number) {}

  get used(): number {
    return this.#used;
  }

  get exhausted(): boolean {
    return this.#used >= this.limit;
  }

  /** Takes bytes, also beyond the limit: the caller has asked `exhausted` before. */
  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}

import type { TimedEvent } from './json-lines.js';

/** The last words of a participant, its `finished` event. */
export type Finish = Extract<TimedEvent, { event: 'finished' }>;

/** What is known of one client, from its own events. Losses in nats, sizes in bytes. */
export interface ClientMetrics {
  /** How people name it here: `client 1`. */
  label: string;
  node?: string;
  backend?: string;
  parameters?: number;
  unigramEntropy?: number;
  /** The run's state as this client last saw it, e.g. `RoundTrain`. */
  state: string;
  epoch: number;
  round: number;
  step: number;
  slot: number;
  /** Whether it is a member of the epoch that is under way. */
  member: boolean;
  /** Training losses of its own share, one a step, oldest first. */
  losses: number[];
  tokensPerSecond?: number;
  /** Held-out loss before the first and after the newest step that was evaluated. */
  heldOutFirst?: number;
  heldOutLast?: number;
  points: bigint;
  payloads: number;
  payloadBytes: number;
  bytesUp: number;
  bytesDown: number;
  peers: number;
  transactions: number;
  lamportsSpent: bigint;
  /** θ hashes by epoch, as this client voted for them. */
  epochHashes: Map<number, string>;
  epochsDropped: number[];
  warnings: { code: string; message: string }[];
  checkpoint?: { path: string; hash: string; step: number };
  finished?: Finish;
  /** Why the process is gone, where it ended before the run did. */
  died?: string;
}

/** Kept per client so that a client that warns forever doesn't fill memory. */
const WARNINGS_KEPT = 50;
const LOSSES_KEPT = 4096;
const CONVICTIONS_KEPT = 256;

/** Collects the event streams of a run's clients into one picture. Pure: no clock, no output. */
export class RunMetrics {
  readonly clients: ClientMetrics[];
  /** Members convicted of equivocation, each epoch's once, as the clients saw it on chain. */
  readonly convictions: { epoch: number; node: string }[] = [];
  /** Steps the run is to make, once a client has said so. */
  stepsTotal?: number;

  constructor(labels: readonly string[]) {
    this.clients = labels.map((label) => ({
      label,
      state: 'starting',
      epoch: 0,
      round: 0,
      step: 0,
      slot: 0,
      member: false,
      losses: [],
      points: 0n,
      payloads: 0,
      payloadBytes: 0,
      bytesUp: 0,
      bytesDown: 0,
      peers: 0,
      transactions: 0,
      lamportsSpent: 0n,
      epochHashes: new Map(),
      epochsDropped: [],
      warnings: [],
    }));
  }

  /** Takes one event of the client at `index`. Events it doesn't know are ignored: newer clients may say more. */
  apply(index: number, event: TimedEvent): void {
    const client = this.clients[index];
    if (client === undefined) return;
    switch (event.event) {
      case 'joined':
        client.node = event.node;
        client.backend = event.backend;
        client.parameters = event.parameters;
        client.unigramEntropy = event.unigramEntropy;
        this.stepsTotal = event.stepsTotal;
        break;
      case 'state':
        client.state = event.state;
        client.epoch = event.epoch;
        client.round = event.round;
        client.step = event.step;
        client.slot = event.slot;
        client.member = event.member;
        break;
      case 'trained':
        if (client.losses.length < LOSSES_KEPT) client.losses.push(event.loss);
        client.tokensPerSecond = event.tokensPerSecond;
        break;
      case 'announced':
        client.payloads++;
        client.payloadBytes += event.bytes;
        break;
      case 'applied':
        client.step = Math.max(client.step, event.step + 1);
        break;
      case 'evaluated':
        client.heldOutFirst ??= event.heldOutLoss;
        client.heldOutLast = event.heldOutLoss;
        break;
      case 'points':
        client.points = toBigInt(event.points) + toBigInt(event.epochPoints);
        break;
      case 'dropped':
        client.epochsDropped.push(event.epoch);
        break;
      case 'convicted':
        this.addConviction(event.epoch, event.node);
        break;
      case 'epochEnd':
        client.epochHashes.set(event.epoch, event.hash);
        break;
      case 'checkpoint':
        client.checkpoint = { path: event.path, hash: event.hash, step: event.step };
        break;
      case 'stats':
        client.bytesUp = event.bytesUp;
        client.bytesDown = event.bytesDown;
        client.peers = event.peers;
        client.transactions = event.transactions;
        client.lamportsSpent = toBigInt(event.lamportsSpent);
        break;
      case 'finished':
        client.finished = event;
        client.state = event.state;
        client.step = event.step;
        client.heldOutLast = event.heldOutLoss;
        client.points = toBigInt(event.points);
        client.bytesUp = event.bytesUp;
        client.bytesDown = event.bytesDown;
        client.transactions = event.transactions;
        client.lamportsSpent = toBigInt(event.lamportsSpent);
        break;
      case 'warning':
        if (client.warnings.length < WARNINGS_KEPT) client.warnings.push({ code: event.code, message: event.message });
        break;
    }
  }

  private addConviction(epoch: number, node: string): void {
    if (this.convictions.length >= CONVICTIONS_KEPT || this.convictions.some((c) => c.epoch === epoch && c.node === node)) return;
    this.convictions.push({ epoch, node });
  }

  /** The client that knows the newest state of the run; its view stands for all. */
  get newest(): ClientMetrics {
    return this.clients.reduce((best, c) => (c.slot > best.slot ? c : best));
  }

  /** Mean payload per announcement over all clients, in bytes; `undefined` before the first. */
  get payloadBytesPerStep(): number | undefined {
    const payloads = this.clients.reduce((sum, c) => sum + c.payloads, 0);
    return payloads === 0 ? undefined : this.clients.reduce((sum, c) => sum + c.payloadBytes, 0) / payloads;
  }

  /** Size of the full fp32 gradient, which plain data parallelism would send; `undefined` before a client has joined. */
  get gradientBytes(): number | undefined {
    const parameters = this.clients.find((c) => c.parameters !== undefined)?.parameters;
    return parameters === undefined ? undefined : parameters * 4;
  }
}

function toBigInt(text: string): bigint {
  return /^\d{1,30}$/.test(text) ? BigInt(text) : 0n;
}

import { setTimeout as delay } from 'node:timers/promises';
import { EndpointHealth, type HealthOptions } from './endpoint-health.js';
import type { Endpoint } from './endpoints.js';
import { ChainError } from './errors.js';
import { type Answer, ask, type Tell } from './rpc-answer.js';
import type { Doubt } from './rpc-fault.js';
import { safeHost } from './rpc.js';
import { SameCluster } from './same-cluster.js';
import { StuckNodes } from './stuck-nodes.js';
import { within } from './within.js';

export interface PoolOptions extends HealthOptions {
  /** Silence after which a node is given up for a request, milliseconds. Default 15,000. */
  silenceMs?: number;
  /** No answer is longer. Default 32 MiB: all members of large runs are a few megabytes. */
  maxAnswerBytes?: number;
  tell?: Tell;
}

/** A node that drips is given up after so many times the silence that is borne. */
const DRIP = 8;
/** How long a request waits for the only node there is, while that one refuses, milliseconds. */
const MAX_PATIENCE_MS = 10_000;
/** Its rest may end early, milliseconds. */
const LOOK_MS = 100;
/** What undici and the system call a connection that broke. */
const BROKEN = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];
/** How often nodes are compared, milliseconds. */
const COMPARE_MS = 30_000;

/** Nodes that take turns at being the faster one are not worth a line each time. */
const TELL_AGAIN_MS = 10_000;

const hostOf = ({ endpoint }: EndpointHealth): string => safeHost(endpoint.rpcUrl);

/** What became of one request at one node. */
type Outcome = { node: EndpointHealth } & Answer;
type Doubted = { node: EndpointHealth; text: string; doubt: Doubt };

/** Whether a node that comes next may say otherwise soon: who confirms a refusal is not waited for. */
const isWorthAsking = (node: EndpointHealth | undefined, { doubt }: Doubted): boolean =>
  node !== undefined && (node.restMs === 0 || (doubt === 'incapable' && node.trouble !== 'refusing'));

/**
 * The nodes of a cluster as one: a request goes to the first of the list that works, and on to the next when that one
 * fails, or does not answer in the time that it usually takes; the first good answer counts, an error that may be the
 * node's own only when no other knows better, and a transaction's refusal when a second node confirms it. All requests here
 * may be repeated: a transaction sent twice is the same transaction. Nodes that failed rest, longer each time in a row. With
 * several nodes each has to name the same genesis hash before anything else it says is believed, and they are compared now
 * and then, so that one that got stuck is left.
 */
export class RpcPool {
  readonly #nodes: readonly EndpointHealth[];
  readonly #options: PoolOptions;
  readonly #now: () => number;
  readonly #running = new Set<AbortController>();
  readonly #cluster: SameCluster;
  readonly #stuck = new StuckNodes();
  /** Broadcasts under way, by node and body. */
  readonly #sending = new Set<string>();
  #comparedAt: number;
  #lastUsed: EndpointHealth;
  #changedAt = -Infinity;
  #allLost = false;
  #closed = false;

  constructor(endpoints: readonly [Endpoint, ...Endpoint[]], options: PoolOptions = {}) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#nodes = endpoints.map((endpoint) => new EndpointHealth(endpoint, options));
    // Many requests may wait for a node's introduction: it does not end with the first of them.
    this.#cluster = new SameCluster(this.#nodes[0], (node, body) => this.#withStop((stop) => this.#ask(node, body, stop)), options.tell);
    this.#lastUsed = this.#nodes[0];
    this.#comparedAt = this.#now();
  }

  /** For web3.js's `Connection`, whose address it ignores. */
  readonly fetch = async (_url: unknown, init?: { body?: unknown }): Promise<Response> => new Response(await this.post(String(init?.body)));

  /**
   * Where to subscribe, the best first: nodes that belong to the cluster, without those that are stuck or behind unless all
   * are. Others are asked whether they belong to it, to be of use next time.
   */
  pubSubUrls(): string[] {
    const [first] = this.#nodes;
    const nodes = this.#order();
    for (const node of nodes) if (node !== first && node.restMs === 0 && !this.#closed) void this.#cluster.admit(node);
    const known = nodes.filter((node) => node === first || this.#cluster.knows(node));
    const current = known.filter((node) => node.trouble !== 'stuck' && (node.trouble !== 'behind' || node.restMs === 0));
    return (current.length > 0 ? current : known.length > 0 ? known : [first]).map(({ endpoint }) => endpoint.wsUrl);
  }

  /**
   * Posts one JSON-RPC request. @returns the answer's text, which may be an error that concerns the request
   * @throws ChainError `RPC_UNREACHABLE`, `RPC_REFUSED` when no node answers it
   */
  async post(body: string): Promise<string> {
    if (this.#closed) throw new ChainError('RPC_UNREACHABLE', 'The connection to the cluster was closed: open another.');
    this.#compareNowAndThen();
    return this.#withStop((stop) => this.#post(body, stop));
  }

  /**
   * Posts to every node at once, for transactions that have to get through; whatever they answer. Who is still busy with
   * the same from before is passed over, and holds up no other. Never rejects.
   */
  async broadcast(body: string): Promise<void> {
    const willing = this.#order().filter((node) => node.trouble !== 'refusing' || node.restMs === 0);
    await this.#withStop((stop) => Promise.all(willing.map((node) => this.#sendOnce(node, body, stop))));
  }

  async #sendOnce(node: EndpointHealth, body: string, signal: AbortSignal): Promise<void> {
    const key = `${node.endpoint.rpcUrl} ${body}`;
    if (this.#sending.has(key)) return;
    this.#sending.add(key);
    await this.#attempt(node, body, signal);
    this.#sending.delete(key);
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#running) stop.abort(new Error('closed'));
  }

  async #post(body: string, signal: AbortSignal): Promise<string> {
    const begun = this.#now();
    const queue = this.#order();
    // A faucet that is slow would give twice.
    const patient = body.includes('"requestAirdrop"');
    const running = new Map<EndpointHealth, Promise<Outcome>>();
    const failed: Outcome[] = [];
    // An error about which another node may say otherwise: what is answered when none does.
    let doubted: Doubted | undefined;
    let newest = queue[0];
    const start = (node: EndpointHealth): void => {
      newest = node;
      queue.splice(queue.indexOf(node), 1);
      running.set(node, this.#attempt(node, body, signal));
    };
    for (;;) {
      if (running.size === 0) {
        if (doubted && !isWorthAsking(queue[0], doubted)) return this.#won(doubted.node, doubted.text);
        if (queue.length === 0) throw this.#lost(failed);
        if (await this.#mayAsk(queue[0], signal)) start(queue[0]);
        else failed.push({ node: queue.shift()!, trouble: 'refusing', reason: 'wants fewer requests' });
        continue;
      }
      const spare = patient ? undefined : queue[0];
      const outcome = await (spare ? within(Math.max(newest.expectedMs, spare.restMs), Promise.race(running.values())) : Promise.race(running.values()));
      if (outcome === undefined) {
        start(spare!);
        continue;
      }
      const slower = [...running.keys()].slice(0, [...running.keys()].indexOf(outcome.node));
      running.delete(outcome.node);
      if (!('text' in outcome)) failed.push(outcome);
      else if (outcome.doubt === undefined || this.#nodes.length === 1 || (outcome.doubt === 'refused' && doubted?.doubt === 'refused')) {
        // Whoever was in doubt has answered as well.
        for (const node of slower) node.failed('slow', undefined, begun);
        return this.#won(doubted?.node ?? outcome.node, outcome.text);
      } else if (doubted === undefined || outcome.doubt === 'refused') doubted = { node: outcome.node, text: outcome.text, doubt: outcome.doubt };
    }
  }

  /** Those that work in the order of the list, then those that rest, the one that rests shortest first. */
  #order(): EndpointHealth[] {
    const usable = this.#nodes.filter((node) => node.trouble !== 'foreign');
    return usable.map((node) => ({ node, rest: node.restMs })).sort((a, b) => a.rest - b.rest).map(({ node }) => node);
  }

  /** A node that can't be reached costs nothing to ask; one that refuses is waited for, if that is soon, and asked by one at first. */
  async #mayAsk(node: EndpointHealth, signal: AbortSignal): Promise<boolean> {
    const until = this.#now() + MAX_PATIENCE_MS;
    while (node.trouble === 'refusing' && node.restMs > 0) {
      if (this.#now() + node.restMs > until) return false;
      await delay(Math.min(node.restMs, LOOK_MS), undefined, { signal }).catch(() => {});
      if (signal.aborted) return false;
    }
    if (node.trouble === 'refusing') node.probe();
    return true;
  }

  /** Never rejects. */
  async #attempt(node: EndpointHealth, body: string, signal: AbortSignal): Promise<Outcome> {
    if (this.#closed || signal.aborted) return { node, trouble: 'unreachable', reason: 'was not asked any more' };
    const refused = this.#nodes.length === 1 ? undefined : await this.#cluster.admit(node);
    if (refused !== undefined) return { node, ...refused };
    const begun = this.#now();
    const answer = await this.#ask(node, body, signal);
    if (signal.aborted) return { node, trouble: 'unreachable', reason: 'was not waited for' };
    if ('text' in answer) node.answered(this.#now() - begun);
    else node.failed(answer.trouble, answer.wait, begun);
    return { node, ...answer };
  }

  /** A connection that was kept may end just when it is used again: that says nothing about the node. */
  async #ask({ endpoint }: EndpointHealth, body: string, signal: AbortSignal): Promise<Answer> {
    const { silenceMs = 15_000, maxAnswerBytes = 32 << 20 } = this.#options;
    const options = { silenceMs, longestMs: DRIP * silenceMs, maxBytes: maxAnswerBytes, signal };
    const answer = await ask(endpoint.rpcUrl, body, options);
    const again = 'reason' in answer && BROKEN.includes(answer.reason) && !signal.aborted;
    return again ? ask(endpoint.rpcUrl, body, options) : answer;
  }

  #won(node: EndpointHealth, text: string): string {
    const before = this.#lastUsed;
    if (this.#allLost) {
      this.#allLost = false;
      this.#lastUsed = node;
      this.#options.tell?.('RPC_BACK', `the cluster answers again, at ${hostOf(node)}`);
    } else if (node !== before && (before.restMs > 0 || this.#now() - this.#changedAt > TELL_AGAIN_MS)) {
      this.#lastUsed = node;
      this.#changedAt = this.#now();
      this.#options.tell?.('RPC_FAILOVER', `the cluster is now asked at ${hostOf(node)}${before.trouble === undefined ? '' : `: ${hostOf(before)} is ${before.trouble}`}`);
    }
    return text;
  }

  #lost(failed: readonly Outcome[]): ChainError {
    const told = failed.map((o) => `${hostOf(o.node)}${'reason' in o ? ` (${o.reason})` : ''}`).join(', ');
    if (!this.#allLost && !this.#closed) this.#options.tell?.('RPC_LOST', `no Solana node answers: ${told}`);
    this.#allLost = true;
    if (failed.some((o) => 'trouble' in o && o.trouble !== 'unreachable' && o.trouble !== 'foreign')) {
      return new ChainError('RPC_REFUSED', `No node can serve this now: ${told}. Wait, or use another with -u.`);
    }
    if (this.#nodes.length > 1) return new ChainError('RPC_UNREACHABLE', `None of the ${this.#nodes.length} Solana nodes answers: ${told}. Check -u and that they run.`);
    const [only] = failed;
    return new ChainError('RPC_UNREACHABLE', `No Solana node answers at ${hostOf(only.node)}: check -u and that it runs${'reason' in only ? ` (${only.reason})` : ''}.`);
  }

  /** Never rejects. */
  #compareNowAndThen(): void {
    if (this.#nodes.length === 1 || this.#now() - this.#comparedAt < COMPARE_MS) return;
    this.#comparedAt = this.#now();
    void this.#withStop((stop) => this.#stuck.leave(this.#order(), (node, body) => this.#attempt(node, body, stop)));
  }

  /** Runs `work` with a signal that ends with it, or with the pool. */
  async #withStop<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    this.#running.add(stop);
    try {
      return await work(stop.signal);
    } finally {
      this.#running.delete(stop);
      stop.abort();
    }
  }
}

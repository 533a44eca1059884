import type { EndpointHealth } from './endpoint-health.js';
import { type Answer, call, resultOf, type Tell } from './rpc-answer.js';
import { safeHost } from './rpc.js';

/** Sees to it that all nodes of a list belong to one cluster: each has to name the genesis hash that the first to answer named. */
export class SameCluster {
  readonly #known = new Set<EndpointHealth>();
  readonly #asking = new Map<EndpointHealth, Promise<Answer | undefined>>();
  #genesis: string | undefined;

  /** @param ask posts to one node, and never rejects. */
  constructor(
    private readonly ask: (node: EndpointHealth, body: string) => Promise<Answer>,
    private readonly tell: Tell = () => {},
  ) {}

  knows(node: EndpointHealth): boolean {
    return this.#known.has(node);
  }

  /** Asks a node for its cluster, once. Never rejects. @returns why it can't be used (yet) */
  async admit(node: EndpointHealth): Promise<Answer | undefined> {
    if (this.#known.has(node)) return undefined;
    if (node.trouble === 'foreign') return { trouble: 'foreign', reason: 'belongs to another cluster' };
    const asking = this.#asking.get(node) ?? this.#introduce(node).finally(() => this.#asking.delete(node));
    this.#asking.set(node, asking);
    return asking;
  }

  async #introduce(node: EndpointHealth): Promise<Answer | undefined> {
    const answer = await this.ask(node, call('getGenesisHash'));
    if (!('text' in answer)) {
      node.failed(answer.trouble, answer.wait);
      return answer;
    }
    const genesis = resultOf(answer.text);
    if (typeof genesis !== 'string') {
      node.failed('unreachable');
      return { trouble: 'unreachable', reason: 'does not say which cluster it belongs to' };
    }
    this.#genesis ??= genesis;
    if (genesis === this.#genesis) return void this.#known.add(node);
    node.failed('foreign', Infinity);
    this.tell('RPC_OTHER_CLUSTER', `${safeHost(node.endpoint.rpcUrl)} belongs to another cluster than the node that answered first: it is not used, take it out of -u.`);
    return { trouble: 'foreign', reason: 'belongs to another cluster' };
  }
}

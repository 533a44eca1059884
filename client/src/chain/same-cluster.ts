import type { EndpointHealth } from './endpoint-health.js';
import { type Answer, call, resultOf, type Tell } from './rpc-answer.js';
import { safeHost } from './rpc.js';

const FOREIGN = { trouble: 'foreign', reason: 'belongs to another cluster' } as const;

/**
 * Sees to it that all nodes of a list belong to one cluster, by the genesis hash that each has to name. The preferred node's
 * counts; until that one has answered, that of the first to answer does.
 */
export class SameCluster {
  readonly #genesis = new Map<EndpointHealth, string>();
  readonly #asking = new Map<EndpointHealth, Promise<Answer | undefined>>();
  #ours: string | undefined;

  /** @param ask posts to one node, and never rejects. */
  constructor(
    private readonly preferred: EndpointHealth,
    private readonly ask: (node: EndpointHealth, body: string) => Promise<Answer>,
    private readonly tell: Tell = () => {},
  ) {}

  knows(node: EndpointHealth): boolean {
    return this.#ours !== undefined && this.#genesis.get(node) === this.#ours;
  }

  /** Asks a node for its cluster, once. Never rejects. @returns why it can't be used (yet) */
  async admit(node: EndpointHealth): Promise<Answer | undefined> {
    if (this.#genesis.has(node)) return this.knows(node) ? undefined : FOREIGN;
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
    this.#genesis.set(node, genesis);
    if (node === this.preferred) this.#decide(genesis);
    this.#ours ??= genesis;
    if (this.knows(node)) return undefined;
    this.#exclude(node);
    return FOREIGN;
  }

  /** Those that came before the preferred node are judged again. */
  #decide(genesis: string): void {
    if (this.#ours === genesis) return;
    this.#ours = genesis;
    for (const node of this.#genesis.keys()) {
      if (!this.knows(node)) this.#exclude(node);
      else if (node.trouble === 'foreign') node.recover();
    }
  }

  #exclude(node: EndpointHealth): void {
    node.failed('foreign', Infinity);
    this.tell('RPC_OTHER_CLUSTER', `${safeHost(node.endpoint.rpcUrl)} belongs to another cluster than the first node that is named: it is not used, take it out of -u.`);
  }
}

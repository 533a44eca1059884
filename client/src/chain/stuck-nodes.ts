import { type EndpointHealth, LONGEST_REST_MS } from './endpoint-health.js';
import { type Answer, call, resultOf } from './rpc-answer.js';

/** How many slots behind the newest one a node may be: a minute of them. */
const MAX_SLOTS_BEHIND = 150;

/**
 * Compares nodes by the slot they are at: whoever is far behind the others answers as if all were well, with what was true
 * once, and rests until it has caught up. What one node says alone makes no other stuck: the newest slot is one that two
 * have reached, and of two nodes that are far apart only one that has not moved since the last comparison is left.
 */
export class StuckNodes {
  readonly #slots = new Map<EndpointHealth, number>();

  /** To be repeated before their rest ends. Never rejects. @param ask posts to one node, and never rejects. */
  async leave(nodes: readonly EndpointHealth[], ask: (node: EndpointHealth, body: string) => Promise<Answer>): Promise<void> {
    const asked = nodes.filter((node) => node.restMs === 0 || node.trouble === 'stuck');
    const body = call('getSlot', [{ commitment: 'processed' }]);
    const found: [EndpointHealth, number][] = [];
    await Promise.all(
      asked.map(async (node) => {
        const answer = await ask(node, body);
        const slot = 'text' in answer ? resultOf(answer.text) : undefined;
        if (Number.isSafeInteger(slot)) found.push([node, slot as number]);
      }),
    );
    const descending = found.map(([, slot]) => slot).sort((a, b) => b - a);
    const majority = found.length > 2;
    const newest = descending[majority ? 1 : 0];
    for (const [node, slot] of found) {
      const stands = slot === this.#slots.get(node);
      this.#slots.set(node, slot);
      if (newest - slot > MAX_SLOTS_BEHIND && (majority || stands)) node.failed('stuck', LONGEST_REST_MS);
      else if (node.trouble === 'stuck') node.recover();
    }
  }
}

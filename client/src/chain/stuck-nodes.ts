import { type EndpointHealth, LONGEST_REST_MS } from './endpoint-health.js';
import { type Answer, call, resultOf } from './rpc-answer.js';

/** How many slots behind the newest one a node may be: a minute of them. */
const MAX_SLOTS_BEHIND = 150;

/**
 * Compares nodes by the slot they are at: whoever is far behind the newest answers as if all were well, with what was true
 * once, and rests until it has caught up. To be repeated before that rest ends. Never rejects.
 *
 * @param ask posts to one node, and never rejects.
 */
export async function leaveStuck(nodes: readonly EndpointHealth[], ask: (node: EndpointHealth, body: string) => Promise<Answer>): Promise<void> {
  const asked = nodes.filter((node) => node.restMs === 0 || node.trouble === 'stuck');
  const body = call('getSlot', [{ commitment: 'processed' }]);
  const slots = await Promise.all(
    asked.map(async (node) => {
      const answer = await ask(node, body);
      const slot = 'text' in answer ? resultOf(answer.text) : undefined;
      return Number.isSafeInteger(slot) ? (slot as number) : undefined;
    }),
  );
  const newest = Math.max(...slots.map((slot) => slot ?? 0));
  slots.forEach((slot, i) => {
    if (slot === undefined) return;
    if (newest - slot > MAX_SLOTS_BEHIND) asked[i].failed('stuck', LONGEST_REST_MS);
    else if (asked[i].trouble === 'stuck') asked[i].recover();
  });
}

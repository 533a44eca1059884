import type { Chain } from '../chain/index.js';

/** How often the slot is asked for while notifications do not come, milliseconds. */
const POLL_MS = 1_000;

/** Delivers slot numbers: by notification, or by asking where the WebSocket is gone or brings nothing new. @returns ends it. */
export function watchSlots(chain: Chain, onSlot: (slot: number) => void): () => void {
  let heard = true;
  let asking = false;
  let newest = -1;
  /** Whether it is newer than all before: what a node that is behind tells is no sign of what slot it is. */
  const deliver = (slot: number): boolean => {
    const isNew = slot > newest;
    newest = Math.max(newest, slot);
    onSlot(slot);
    return isNew;
  };
  const subscription = chain.pubsub.subscribe('slot', [], (result) => {
    const slot = (result as { slot?: unknown } | null)?.slot;
    if (typeof slot === 'number' && deliver(slot)) heard = true;
  });
  const timer = setInterval(() => {
    if (!heard && !asking) {
      asking = true;
      // A node that does not answer is asked again in a second.
      chain.slot().then(deliver, () => {}).finally(() => (asking = false));
    }
    heard = false;
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    subscription.end();
  };
}

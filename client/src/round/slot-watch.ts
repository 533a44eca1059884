import type { Chain } from '../chain/index.js';

/** How often the slot is asked for while notifications do not come, milliseconds. */
const POLL_MS = 1_000;

/** Delivers slot numbers: by notification, or by asking where the WebSocket is gone. @returns ends it. */
export function watchSlots(chain: Chain, onSlot: (slot: number) => void): () => void {
  let heard = true;
  let asking = false;
  const subscription = chain.pubsub.subscribe('slot', [], (result) => {
    const slot = (result as { slot?: unknown } | null)?.slot;
    if (typeof slot !== 'number') return;
    heard = true;
    onSlot(slot);
  });
  const timer = setInterval(() => {
    if (!heard && !asking) {
      asking = true;
      // A node that does not answer is asked again in a second.
      chain.slot().then(onSlot, () => {}).finally(() => (asking = false));
    }
    heard = false;
  }, POLL_MS);
  return () => {
    clearInterval(timer);
    subscription.end();
  };
}

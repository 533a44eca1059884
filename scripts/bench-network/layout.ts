import type { CrewSummary } from './summary.js';

/**
 * How many of so many clients share a process: one has one of its own, as clients have, where that fits the memory;
 * otherwise as many share one as have to.
 *
 * @param alone the same clients measured in processes of their own, and @param together several in each
 * @param memory bytes that all may take
 */
export function perProcessFor(clients: number, alone: Pick<CrewSummary, 'rss'>, together: Pick<CrewSummary, 'rss' | 'perProcess'>, memory: number): number {
  if (clients * alone.rss <= memory) return 1;
  // A process takes so much whoever is in it, and each client so much more.
  const shared = Math.max(0, ((alone.rss - together.rss) * together.perProcess) / (together.perProcess - 1));
  const room = memory / clients - (alone.rss - shared);
  return room <= 0 ? clients : Math.min(clients, Math.ceil(shared / room));
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosClient } from '../../tests/chaos/client.js';
import type { ChaosNetwork } from '../../tests/chaos/network.js';

/** Clients that run at a time, at most; and at least, so that there is always somebody to train. */
export const AT_ONCE = 8;
const LEAST = 3;
/** Between two accidents, milliseconds. */
const SHORTEST_MS = 500;
const LONGEST_MS = 5_000;
/** Of those that end, how many are killed rather than asked to leave. */
const KILLED = 0.75;

export interface Accidents {
  starts: number;
  kills: number;
  leaves: number;
}

/** Lets clients come and go, at moments and in an order that the seed decides, until the signal fires. @throws Error if one does not leave when asked */
export async function churn(net: ChaosNetwork, signal: AbortSignal): Promise<Accidents> {
  const accidents: Accidents = { starts: 0, kills: 0, leaves: 0 };
  const leaving = new Map<ChaosClient, Promise<void>>();
  const any = (clients: readonly ChaosClient[]): ChaosClient => clients[Math.floor(net.random() * clients.length)];
  const end = (client: ChaosClient): void => {
    const killed = net.random() < KILLED;
    accidents[killed ? 'kills' : 'leaves']++;
    net.note(`${client.label} is ${killed ? 'killed' : 'asked to leave'}`);
    const gone = (killed ? client.kill() : client.leave()).catch((error: Error) => net.fail(error)).finally(() => leaving.delete(client));
    leaving.set(client, gone);
  };
  while (!signal.aborted) {
    const staying = net.clients.filter((c) => c.isRunning && !leaving.has(c));
    const away = net.clients.filter((c) => !c.isRunning && !leaving.has(c));
    const full = staying.length + leaving.size >= AT_ONCE || away.length === 0;
    if (!full && (staying.length <= LEAST || net.random() < 0.5)) {
      any(away).start();
      accidents.starts++;
    } else if (staying.length > LEAST) end(any(staying));
    await delay(SHORTEST_MS + net.random() * (LONGEST_MS - SHORTEST_MS), undefined, { signal }).catch(() => {});
  }
  await Promise.all(leaving.values());
  return accidents;
}

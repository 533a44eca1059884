import { PsycheError } from '../errors.js';
import { clusterUrl, isLocalCluster, webSocketUrl } from './cluster.js';

/** One node of a cluster: where it answers requests, and where it notifies. */
export interface Endpoint {
  rpcUrl: string;
  wsUrl: string;
}

/** So many nodes may be named: each resent transaction goes to all of them. */
export const MAX_ENDPOINTS = 8;

/**
 * The nodes of a comma list of URLs and monikers, the preferred one first.
 *
 * @param ws PubSub URLs in the same order, where they are not the usual ones; an empty place is a usual one.
 * @throws PsycheError `BAD_URL`
 */
export function parseEndpoints(urls: string, ws = ''): [Endpoint, ...Endpoint[]] {
  const rpc = urls.split(',').map((url) => url.trim()).filter((url) => url !== '');
  const pubsub = ws.trim() === '' ? [] : ws.split(',').map((url) => url.trim());
  if (rpc.length === 0) throw new PsycheError('BAD_URL', 'No RPC URL is given: name one with -u, or leave -u out for the solana CLI\'s.');
  if (rpc.length > MAX_ENDPOINTS) throw new PsycheError('BAD_URL', `${rpc.length} RPC URLs are more than the ${MAX_ENDPOINTS} that can be used: name fewer.`);
  if (pubsub.length > rpc.length) throw new PsycheError('BAD_URL', `${pubsub.length} PubSub URLs are more than the RPC URLs they belong to: name both in the same order.`);
  const endpoints = new Map<string, Endpoint>();
  rpc.forEach((url, i) => {
    const rpcUrl = clusterUrl(url);
    if (!endpoints.has(rpcUrl)) endpoints.set(rpcUrl, { rpcUrl, wsUrl: pubsub[i] ? checkedPubSub(pubsub[i]) : webSocketUrl(rpcUrl) });
  });
  return [...endpoints.values()] as [Endpoint, ...Endpoint[]];
}

/** Whether all of them run on this machine. */
export const areLocal = (endpoints: readonly Endpoint[]): boolean => endpoints.every(({ rpcUrl }) => isLocalCluster(rpcUrl));

function checkedPubSub(url: string): string {
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url) || url.includes('#')) throw new PsycheError('BAD_URL', `"${url}" is no PubSub URL: give ws(s)://host[:port].`);
  return url;
}

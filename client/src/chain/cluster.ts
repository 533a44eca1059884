import { PsycheError } from '../errors.js';

/** The short names the solana CLI knows for clusters, and their first letters. */
const MONIKERS: Record<string, string> = {
  'mainnet-beta': 'https://api.mainnet-beta.solana.com',
  testnet: 'https://api.testnet.solana.com',
  devnet: 'https://api.devnet.solana.com',
  localhost: 'http://127.0.0.1:8899',
};

/** A full RPC URL from a URL or a moniker (`mainnet-beta`, `m`, `testnet`, `t`, `devnet`, `d`, `localhost`, `l`). */
export function clusterUrl(urlOrMoniker: string): string {
  for (const [name, url] of Object.entries(MONIKERS)) {
    if (urlOrMoniker === name || urlOrMoniker === name[0]) return url;
  }
  let parsed: URL;
  try {
    parsed = new URL(urlOrMoniker);
  } catch {
    throw new PsycheError(
      'BAD_URL',
      `"${urlOrMoniker}" is no RPC URL: give http(s)://host[:port] or one of ${Object.keys(MONIKERS).join(', ')}.`,
    );
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new PsycheError('BAD_URL', `The RPC URL "${urlOrMoniker}" has to begin with http:// or https://.`);
  }
  return urlOrMoniker;
}

/**
 * The PubSub URL that belongs to an RPC URL, as the solana CLI computes it: `ws` for `http`, and one port higher where
 * the URL names a port.
 */
export function webSocketUrl(rpcUrl: string): string {
  const url = new URL(rpcUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (url.port !== '') url.port = String(Number(url.port) + 1);
  return url.toString();
}

/** Whether the cluster runs on this machine, where mints and SOL may be made at will. */
export function isLocalCluster(rpcUrl: string): boolean {
  const { hostname } = new URL(rpcUrl);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

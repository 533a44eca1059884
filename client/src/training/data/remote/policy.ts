import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './address.js';
import { RemoteError } from './errors.js';

/** What the operator of this machine allows beyond what a manifest may ask for. Nothing of a manifest ever gets here. */
export interface RemotePolicy {
  /** Origins that the operator named with a flag or in the environment, such as `http://mirror.lan:8080`: trusted with any address. */
  trustedOrigins: ReadonlySet<string>;
  /** The Hub, `https://huggingface.co` unless `HF_ENDPOINT` names a mirror. */
  hubEndpoint: string;
  /** Sent to {@link hubEndpoint} alone, for gated data sets. */
  hubToken?: string;
  /** Certificates to trust beside the system's, PEM. */
  ca?: string;
  /** Requests for one part of a file before it is given up, and the pause before the second, doubled for each further one. */
  attempts: number;
  firstPauseMs: number;
  /** Silence after which a connection is given up, milliseconds. */
  idleMs: number;
  /** Names to addresses; the system's unless a test brings another. */
  lookup?: (hostname: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;
}

/**
 * The policy of this machine's environment: `HF_ENDPOINT` and `HF_TOKEN` as the Hub's own tools read them.
 * @param trusted addresses that the operator's flags name
 */
export function operatorPolicy(trusted: readonly string[] = [], environment: NodeJS.ProcessEnv = process.env): RemotePolicy {
  const named = environment.HF_ENDPOINT?.replace(/\/+$/, '');
  const trustedOrigins = new Set(trusted.filter((t) => /^https?:/.test(t)).map((t) => new URL(t).origin));
  if (named) trustedOrigins.add(new URL(named).origin);
  return {
    trustedOrigins,
    hubEndpoint: named || 'https://huggingface.co',
    ...(environment.HF_TOKEN ? { hubToken: environment.HF_TOKEN } : {}),
    attempts: 6,
    firstPauseMs: 500,
    idleMs: 30_000,
  };
}

/** Judges a URL before anything is sent there, at first and after each redirect. @throws RemoteError `REMOTE_LOCATION`, `REMOTE_PRIVATE` */
export function checkUrl(url: URL, policy: RemotePolicy): void {
  if (url.username !== '' || url.password !== '') throw new RemoteError('REMOTE_LOCATION', `${url.origin} is named with a password in the address: that is not sent anywhere.`);
  if (policy.trustedOrigins.has(url.origin)) return;
  if (url.protocol !== 'https:') throw new RemoteError('REMOTE_LOCATION', `${url.href.slice(0, 200)} is not https: a manifest may name https:// and hf:// alone.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw isPrivate(url.hostname, host);
}

/**
 * Resolves names for the connection itself and refuses private addresses there, so that a name can't lead elsewhere
 * between a check and its use.
 */
export function guardedLookup(url: URL, policy: RemotePolicy): LookupFunction {
  const trusted = policy.trustedOrigins.has(url.origin);
  const resolve = policy.lookup ?? ((hostname, done) => systemLookup(hostname, { all: true }, done));
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const refused = trusted ? undefined : addresses?.find((a) => !isPublicAddress(a.address));
      if (error) callback(error, []);
      else if (refused) callback(isPrivate(hostname, refused.address), []);
      else if (addresses.length === 0) callback(new Error(`${hostname} has no address`), []);
      else if (options.all) callback(null, addresses);
      else callback(null, addresses[0].address, addresses[0].family);
    });
  };
}

function isPrivate(host: string, address: string): RemoteError {
  return new RemoteError('REMOTE_PRIVATE', `${host} is at ${address}, which is not on the public internet: a manifest may not lead there. If that server is yours, name it with --data.`);
}

import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { scopeOf } from '../../addresses.js';

/** Where and how long to search; the defaults are SSDP's. */
export interface SearchOptions {
  host: string;
  port: number;
  /** Milliseconds; routers answer within the seconds that the question allows them. */
  patience: number;
}

const SSDP: SearchOptions = { host: '239.255.255.250', port: 1900, patience: 3_000 };

/** A gateway of version 2 answers to version 1 as well. */
const TARGETS = ['urn:schemas-upnp-org:device:InternetGatewayDevice:1', 'urn:schemas-upnp-org:device:InternetGatewayDevice:2'];

/** Networks that are searched, at most: a machine can have very many. */
const MAX_NETWORKS = 8;

/**
 * Looks for a gateway on the local networks (UPnP Device Architecture 1.1, section 1.3). Anybody there can answer: what
 * counts is a description on the machine that the answer came from, and not on the internet.
 *
 * @returns where the first one's description is; `undefined` if none answers in time.
 */
export async function searchGateway(signal: AbortSignal, options: Partial<SearchOptions> = {}): Promise<URL | undefined> {
  const { host, port, patience } = { ...SSDP, ...options };
  const sockets: Socket[] = [];
  signal.throwIfAborted();
  try {
    return await new Promise<URL | undefined>((resolve, reject) => {
      const timer = setTimeout(() => finish(undefined), patience);
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const finish = (found: URL | undefined): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        resolve(found);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      for (const local of localAddresses().slice(0, MAX_NETWORKS)) {
        const socket = createSocket('udp4');
        sockets.push(socket);
        // a network that is down: others may answer
        socket.on('error', () => {});
        socket.on('message', (message, from) => {
          const location = locationOf(message.toString('latin1'), from.address);
          if (location !== undefined) finish(location);
        });
        socket.bind(0, local, () => {
          for (const target of TARGETS) socket.send(question(target, host, port), port, host, () => {});
        });
      }
    });
  } finally {
    for (const socket of sockets) socket.close();
  }
}

const question = (target: string, host: string, port: number): string =>
  ['M-SEARCH * HTTP/1.1', `HOST: ${host}:${port}`, 'MAN: "ssdp:discover"', 'MX: 2', `ST: ${target}`, '', ''].join('\r\n');

/** What an answer says of where the description is, if it may be believed. */
export function locationOf(answer: string, from: string): URL | undefined {
  if (!answer.startsWith('HTTP/1.1 200') || !/^st:.*InternetGatewayDevice:/im.test(answer)) return undefined;
  const text = /^location:[ \t]*(\S{1,200})[ \t]*$/im.exec(answer.replaceAll('\r', ''))?.[1];
  try {
    const location = new URL(text ?? '');
    return location.protocol === 'http:' && location.hostname === from && scopeOf(from) !== 'public' ? location : undefined;
  } catch {
    return undefined;
  }
}

/** This machine's IPv4 addresses on local networks; itself where there are none. */
function localAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = all.filter(({ address, internal }) => !internal && isIPv4(address) && scopeOf(address) === 'private').map(({ address }) => address);
  return found.length > 0 ? found : ['127.0.0.1'];
}

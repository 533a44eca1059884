import { RemoteError } from './errors.js';
import type { RemotePolicy } from './policy.js';

const HUB = /^hf:\/\/(datasets\/|models\/)?(?!datasets\/|models\/|spaces\/)([A-Za-z0-9][\w.-]{0,95})\/([A-Za-z0-9][\w.-]{0,95})(?:@([\w][\w.%-]{0,119}))?(?:\/(.*))?$/;

/** Whether a text names something elsewhere rather than a path on this machine. */
export const isRemote = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/**
 * The URL of a file.
 *
 * @param location `https://…` or `hf://[datasets/]owner/name[@revision]/path`, of the file, or of its folder
 * @param path of the file below that folder; checked by {@link isInnerPath}
 * @throws RemoteError `REMOTE_LOCATION`
 */
export function fileUrl(location: string, path: string | undefined, policy: Pick<RemotePolicy, 'hubEndpoint'>): URL {
  if (path !== undefined && !isInnerPath(path)) throw invalid(path, 'is no path inside its folder');
  if (location.startsWith('hf://')) return hubUrl(location, path, policy.hubEndpoint);
  if (!URL.canParse(location)) throw invalid(location, 'is no address');
  const url = new URL(location);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(location, 'is neither https:// nor hf://');
  if (path === undefined) return url;
  if (url.search !== '' || url.hash !== '') throw invalid(location, 'has a query, and several files are read below it');
  url.pathname = `${url.pathname.replace(/\/*$/, '')}/${encodePath(path)}`;
  return url;
}

function hubUrl(location: string, path: string | undefined, endpoint: string): URL {
  const match = HUB.exec(location);
  if (match === null) throw invalid(location, 'is not of the form hf://datasets/owner/name@revision/path');
  const [, kind, owner, name, revision = 'main', folder] = match;
  const inner = [folder?.replace(/\/+$/, ''), path].filter((part) => part !== undefined && part !== '').join('/');
  if (!isInnerPath(inner)) throw invalid(location, 'names no file inside the repository');
  const decoded = decode(revision);
  if (decoded === undefined || !isInnerPath(decoded)) throw invalid(location, 'has a revision that is no branch, tag or commit');
  return new URL(`${endpoint}/${kind === 'datasets/' ? 'datasets/' : ''}${owner}/${name}/resolve/${encodeURIComponent(decoded)}/${encodePath(inner)}`);
}

/** Whether a relative path stays inside its folder on every system, and is harmless in a URL and a terminal. */
export function isInnerPath(path: string): boolean {
  return path.length <= 400 && /^[\p{L}\p{N}_][\p{L}\p{N}_ .,=+@()-]*(\/[\p{L}\p{N}_][\p{L}\p{N}_ .,=+@()-]*)*$/u.test(path);
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function invalid(text: string, why: string): RemoteError {
  return new RemoteError('REMOTE_LOCATION', `"${text.slice(0, 200)}" ${why}.`);
}

import { resolve } from 'node:path';
import { CheckpointError } from '../errors.js';

/** Where a checkpoint lies: a folder, a folder of an HTTP server, or a repository of the Hugging Face Hub. */
export type CheckpointLocation =
  | { kind: 'folder'; path: string }
  /** Ends in a slash: files are named relative to it. */
  | { kind: 'http'; url: URL }
  | { kind: 'hub'; repository: string; revision?: string; subfolder?: string };

const HUB = /^hf:\/\/([A-Za-z0-9][\w.-]{0,95})\/([A-Za-z0-9][\w.-]{0,95})(?:@([^\s/@]{1,120}))?(?:\/([\w./-]{1,200}))?$/;

/**
 * Reads a location as an operator writes it: a path, `https://host/folder` or `hf://owner/name[@revision][/subfolder]`
 * (a slash in a revision is written %2F).
 * @param options.allowHttp plain http to other machines; to this one it is always allowed
 * @throws CheckpointError `LOCATION_INVALID`, `LOCATION_INSECURE`
 */
export function parseLocation(text: string, options: { allowHttp?: boolean } = {}): CheckpointLocation {
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1].toLowerCase();
  if (scheme === undefined) {
    if (text === '' || text.includes('\0')) throw invalid(text, 'it is empty');
    return { kind: 'folder', path: resolve(text) };
  }
  if (scheme === 'hf') return hubLocation(text);
  if (scheme !== 'https' && scheme !== 'http') throw invalid(text, `${scheme}: is no kind of location that this client knows`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw invalid(text, 'it is no URL');
  if (url.username !== '' || url.password !== '') throw invalid(text, 'it holds a password, which logs would repeat: put a token into PSYCHE_CHECKPOINT_TOKEN instead');
  if (url.search !== '' || url.hash !== '') throw invalid(text, 'it has a query, and a checkpoint is several files below one URL');
  if (scheme === 'http' && !isLoopback(url.hostname) && options.allowHttp !== true) {
    throw new CheckpointError('LOCATION_INSECURE', `${text} is plain http: whoever is on the way can read the token and change what is sent. Use https, or --allow-http if you mean it.`);
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { kind: 'http', url };
}

/** The text that {@link parseLocation} reads as this location. */
export function formatLocation(location: CheckpointLocation): string {
  if (location.kind === 'folder') return location.path;
  if (location.kind === 'http') return location.url.href.replace(/\/$/, '');
  const revision = location.revision === undefined ? '' : `@${encodeURIComponent(location.revision)}`;
  return `hf://${location.repository}${revision}${location.subfolder === undefined ? '' : `/${location.subfolder}`}`;
}

/** The location of `name` below another one, e.g. an epoch's checkpoint in a store of all epochs'. */
export function childLocation(parent: CheckpointLocation, name: string): CheckpointLocation {
  if (parent.kind === 'folder') return { kind: 'folder', path: resolve(parent.path, name) };
  if (parent.kind === 'http') return { kind: 'http', url: new URL(`${encodeURIComponent(name)}/`, parent.url) };
  return { ...parent, subfolder: parent.subfolder === undefined ? name : `${parent.subfolder}/${name}` };
}

/** Whether a URL's host is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function hubLocation(text: string): CheckpointLocation {
  const match = HUB.exec(text);
  if (match === null) throw invalid(text, 'write hf://owner/name, hf://owner/name@revision or hf://owner/name@revision/subfolder');
  const [, owner, name, revision, subfolder] = match;
  const parts = subfolder?.replace(/\/$/, '').split('/');
  if (parts?.some((part) => part === '' || part === '.' || part === '..')) throw invalid(text, 'its subfolder is no path inside the repository');
  let decoded: string | undefined;
  try {
    decoded = revision === undefined ? undefined : decodeURIComponent(revision);
  } catch {
    throw invalid(text, 'its revision is not encoded as in URLs');
  }
  if (decoded !== undefined && (/[\s?#\\]/.test(decoded) || decoded.includes('..'))) throw invalid(text, 'its revision is no name of a branch, tag or commit');
  return { kind: 'hub', repository: `${owner}/${name}`, ...(decoded === undefined ? {} : { revision: decoded }), ...(parts === undefined ? {} : { subfolder: parts.join('/') }) };
}

function invalid(text: string, why: string): CheckpointError {
  return new CheckpointError('LOCATION_INVALID', `"${text.slice(0, 200)}" is no location of a checkpoint: ${why}.`);
}

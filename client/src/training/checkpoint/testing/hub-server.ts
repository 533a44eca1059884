import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { XetStorage } from './hub-server-xet.js';
import { LocalServer } from './local-server.js';

/*
 * A server that speaks those calls of the Hugging Face Hub that its JavaScript library makes for repositories, commits,
 * uploads (LFS, LFS in parts, xet) and downloads. For tests: no test is in here.
 */

/** A path's content, or the sha256 of a large file's. */
type Entry = { text: Buffer } | { oid: string };

interface Repository {
  private: boolean;
  /** Commit by branch. */
  branches: Map<string, string>;
  commits: Map<string, Map<string, Entry>>;
}

export const TOKEN = 'hf_test';
const PART_BYTES = 4096;

export class HubServer extends LocalServer {
  readonly repositories = new Map<string, Repository>();
  readonly objects = new Map<string, Buffer>();
  /** `POST /api/repos/create`, in the order they came. */
  readonly requests: string[] = [];
  /** How it wants large files: in one PUT, in parts, or as xet. */
  transfer: 'basic' | 'multipart' | 'xet' = 'basic';
  /** Ends the connection in the middle of the next so many bodies of large files. */
  cuts = 0;
  /** Answers the next so many requests with 503. */
  busy = 0;
  readonly xet = new XetStorage();
  private readonly parts = new Map<string, Map<number, Buffer>>();

  static start(): Promise<HubServer> {
    return new HubServer().listen();
  }

  protected async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const { method = 'GET' } = request;
    const { pathname } = new URL(request.url!, this.url);
    this.requests.push(`${method} ${pathname}${request.headers.range === undefined ? '' : ` ${request.headers.range.slice(6)}`}`);
    if (this.busy > 0) {
      this.busy--;
      return this.fail(response, 503, 'busy');
    }
    const allowed = request.headers.authorization === `Bearer ${TOKEN}`;
    const call = (pattern: RegExp, verb = 'GET'): string[] | undefined => (method === verb ? pattern.exec(pathname)?.slice(1).map((part: string | undefined) => decodeURIComponent(part ?? '')) : undefined);
    const json = (value: unknown, headers: Record<string, string> = {}): void => void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

    let found: string[] | undefined;
    // Storage is asked without a token: its addresses are signed on the real Hub.
    if ((found = call(/^\/cdn\/(\w+)$/))) return this.sendObject(request, response, this.objects.get(found[0])!);
    if ((found = call(/^\/lfs\/(\w+)$/, 'PUT'))) return void (this.objects.set(found[0], body), response.writeHead(200).end());
    if ((found = call(/^\/lfs\/(\w+)\/(\d+)$/, 'PUT'))) {
      const parts = this.parts.get(found[0]) ?? new Map<number, Buffer>();
      this.parts.set(found[0], parts.set(Number(found[1]), body));
      return void response.writeHead(200, { etag: `"${found[1]}"` }).end();
    }
    if ((found = call(/^\/lfs\/(\w+)\/complete$/, 'POST'))) {
      const list = (JSON.parse(body.toString()) as { parts: { partNumber: number; etag: string }[] }).parts;
      this.objects.set(found[0], Buffer.concat(list.map((p) => (p.etag === `"${p.partNumber}"` ? this.parts.get(found![0])!.get(p.partNumber)! : Buffer.alloc(0)))));
      return json({});
    }
    if (call(/^\/xet-token$/)) return json({ accessToken: 'cas', casUrl: `${this.url}/cas`, exp: Math.floor(Date.now() / 1000) + 3600 });
    if ((found = call(/^\/cas\/v1\/xorbs\/default\/(\w+)$/, 'POST'))) return (this.xet.xorbs.set(found[0], body), json({ was_inserted: true }));
    if (call(/^\/cas\/v1\/shards$/, 'POST')) return (this.xet.addShard(body), json({ result: 1 }));
    if ((found = call(/^\/cas\/v2\/reconstructions\/(\w+)$/))) return json(this.xet.reconstruction(found[0], this.url));
    if ((found = call(/^\/cas\/xorbs\/(\w+)$/))) return this.sendObject(request, response, this.xet.xorbs.get(found[0])!);
    if (pathname.startsWith('/cas/')) return this.fail(response, 404, 'not known');

    if (call(/^\/api\/repos\/create$/, 'POST')) return allowed ? this.create(body, response, json) : this.fail(response, 401, 'no token');
    const name = /^\/(?:api\/models\/)?([\w-]+\/[\w.-]+?)(?:\.git)?(?:\/|$)/.exec(pathname)?.[1] ?? '';
    const repository = this.repositories.get(name);
    // As the real one, which doesn't tell what is private from what isn't there.
    if (repository === undefined || (repository.private && !allowed)) return this.fail(response, allowed ? 404 : 401, 'Repository not found');
    if (method === 'POST' && !allowed) return this.fail(response, 403, 'may not write');
    if (call(/^\/api\/models\/[^/]+\/[^/]+$/)) return json({ id: name });
    if ((found = call(/\/branch\/([^/]+)$/, 'POST'))) return (repository.branches.set(found[0], repository.branches.get('main')!), json({}));
    if ((found = call(/\/revision\/([^/]+)$/))) return this.at(repository, found[0], response, ({ commit }) => json({ _id: '1', id: name, private: repository.private, sha: commit }));
    if ((found = call(/\/tree\/([^/]+)(?:\/(.+))?$/))) return this.at(repository, found[0], response, ({ files }) => json(this.list(files, found![1])));
    if (call(/\/preupload\/[^/]+$/, 'POST')) {
      const { files } = JSON.parse(body.toString()) as { files: { path: string }[] };
      return json({ files: files.map(({ path }) => ({ path, uploadMode: /\.(safetensors|bin)$/.test(path) ? 'lfs' : 'regular' })) });
    }
    if (call(/\.git\/info\/lfs\/objects\/batch$/, 'POST')) return json(this.batch(body));
    if ((found = call(/\/commit\/([^/]+)$/, 'POST'))) return this.commit(repository, found[0], body, response, json);
    if ((found = call(/^\/[^/]+\/[^/]+\/resolve\/([^/]+)\/(.+)$/))) return this.at(repository, found[0], response, ({ files }) => this.send(request, response, files.get(found![1])));
    this.fail(response, 404, `${method} ${pathname} is not known to this server`);
  }

  private create(body: Buffer, response: ServerResponse, json: (value: unknown) => void): void {
    const { name, organization, visibility } = JSON.parse(body.toString()) as { name: string; organization: string; visibility?: string };
    const id = `${organization}/${name}`;
    if (this.repositories.has(id)) return this.fail(response, 409, 'You already created this model repo');
    const files = new Map<string, Entry>([['.gitattributes', { text: Buffer.from('*.safetensors filter=lfs\n') }]]);
    const commit = commitOf(files, '');
    this.repositories.set(id, { private: visibility === 'private', branches: new Map([['main', commit]]), commits: new Map([[commit, files]]) });
    json({ url: `${this.url}/${id}`, id });
  }

  private at(repository: Repository, revision: string, response: ServerResponse, then: (found: { commit: string; files: Map<string, Entry> }) => void): void {
    const commit = repository.branches.get(revision) ?? revision;
    const files = repository.commits.get(commit);
    if (files === undefined) return this.fail(response, 404, 'Invalid rev id', { 'x-error-code': 'RevisionNotFound' });
    then({ commit, files });
  }

  private list(files: Map<string, Entry>, folder: string): unknown[] {
    const prefix = folder === '' ? '' : `${folder}/`;
    return [...files.keys()].filter((p) => p.startsWith(prefix) && !p.slice(prefix.length).includes('/')).map((path) => ({ type: 'file', path, size: 1, oid: '1' }));
  }

  private batch(body: Buffer): unknown {
    const { objects, transfers } = JSON.parse(body.toString()) as { objects: { oid: string; size: number }[]; transfers: string[] };
    const transfer = transfers.includes(this.transfer) ? this.transfer : 'basic';
    const upload = (oid: string, size: number): unknown => {
      if (transfer === 'xet') return { href: `${this.url}/xet-token`, header: {} };
      if (transfer === 'basic') return { href: `${this.url}/lfs/${oid}` };
      const parts = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, i) => [String(i + 1).padStart(5, '0'), `${this.url}/lfs/${oid}/${i + 1}`]);
      return { href: `${this.url}/lfs/${oid}/complete`, header: { chunk_size: String(PART_BYTES), ...Object.fromEntries(parts) } };
    };
    return { transfer, objects: objects.map(({ oid, size }) => ({ oid, size, ...(this.objects.has(oid) ? {} : { actions: { upload: upload(oid, size) } }) })) };
  }

  private async commit(repository: Repository, branch: string, body: Buffer, response: ServerResponse, json: (value: unknown) => void): Promise<void> {
    const parent = repository.branches.get(branch);
    if (parent === undefined) return this.fail(response, 404, 'no such branch');
    const files = new Map(repository.commits.get(parent));
    for (const line of body.toString().split('\n')) {
      const { key, value } = JSON.parse(line) as { key: string; value: { path: string; content: string; oid: string; size: number } };
      if (key === 'deletedFile') files.delete(value.path);
      if (key === 'file') files.set(value.path, { text: Buffer.from(value.content, 'base64') });
      if (key !== 'lfsFile') continue;
      const content = this.objects.get(value.oid) ?? (await this.xet.file(value.oid, value.size, this.url));
      if (content === undefined || createHash('sha256').update(content).digest('hex') !== value.oid) return this.fail(response, 400, `${value.path} was not uploaded`);
      this.objects.set(value.oid, content);
      files.set(value.path, { oid: value.oid });
    }
    const commit = commitOf(files, parent);
    repository.commits.set(commit, files);
    repository.branches.set(branch, commit);
    json({ success: true, commitOid: commit, commitUrl: `${this.url}/commit/${commit}`, hookOutput: '' });
  }

  /** Small files come from the Hub itself; large ones from elsewhere, to which it sends on. */
  private send(request: IncomingMessage, response: ServerResponse, entry: Entry | undefined): void {
    if (entry === undefined) return this.fail(response, 404, 'Entry not found', { 'x-error-code': 'EntryNotFound' });
    if ('oid' in entry) return void response.writeHead(302, { location: `${this.url}/cdn/${entry.oid}`, 'x-linked-etag': `"${entry.oid}"` }).end();
    this.sendObject(request, response, entry.text);
  }

  private sendObject(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const [from, to] = range === null ? [0, bytes.length - 1] : [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
    const body = bytes.subarray(from, to + 1);
    response.writeHead(range === null ? 200 : 206, { etag: '"1"', 'content-length': body.length, ...(range === null ? {} : { 'content-range': `bytes ${from}-${to}/${bytes.length}` }) });
    if (this.cuts > 0 && body.length > 2000) {
      this.cuts--;
      response.write(body.subarray(0, 1500), () => response.destroy());
      return;
    }
    response.end(body);
  }

  private fail(response: ServerResponse, status: number, error: string, headers: Record<string, string> = {}): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error }));
  }
}

function commitOf(files: Map<string, Entry>, parent: string): string {
  const hash = createHash('sha1').update(parent);
  for (const [path, entry] of files) hash.update(path).update('oid' in entry ? entry.oid : entry.text);
  return hash.digest('hex');
}

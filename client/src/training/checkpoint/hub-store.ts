import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommitOperation, commitIter, createBranch, createRepo, downloadFile, fileDownloadInfo, HubApiError, listFiles, modelInfo, repoExists } from '@huggingface/hub';
import { CheckpointError } from '../errors.js';
import { type CheckpointDescriptor, DESCRIPTOR_NAME, descriptorHash, encodeDescriptor, totalBytes } from './descriptor.js';
import { empty } from './folder-store.js';
import { reason, unavailable } from './http-store.js';
import { type CheckpointLocation, formatLocation } from './location.js';
import { DEFAULT_RETRY, type RetryPolicy, withRetry } from './retry.js';
import { type CheckpointStore, exists, fetchDescriptor, type OpenedFile, type TransferOptions } from './store.js';

export interface HubStoreOptions {
  /** `hf_…`; needed to write, and to read what is private. */
  token?: string;
  /** Default: https://huggingface.co. */
  hubUrl?: string;
  /** A repository that has to be made is private unless this is set. */
  public?: boolean;
  /** Whether to overwrite what the branch has; a commit keeps the old one under its own name. Default true. */
  overwrite?: boolean;
  fetch?: typeof fetch;
  retry?: RetryPolicy;
}

type HubLocation = Extract<CheckpointLocation, { kind: 'hub' }>;

/**
 * A checkpoint in a model repository of the Hugging Face Hub. One commit holds all of it, so it is there whole or not
 * at all, and the commit's hash is a location that never changes. Large files go by the Hub's own transfer (xet or LFS),
 * which sends no content that is there already: that makes a push resumable.
 */
export class HubStore implements CheckpointStore {
  readonly location: string;
  private readonly fetch: typeof fetch;
  private readonly common: { hubUrl?: string; accessToken?: string };
  /** The commit that is read, once it is known: files of two commits must not be mixed. */
  private commit: Promise<string> | undefined;

  /** @throws CheckpointError `CHECKPOINT_REFUSED` for a token that is none */
  constructor(private readonly at: HubLocation, private readonly options: HubStoreOptions = {}) {
    const { token, hubUrl } = options;
    if (token !== undefined && !token.startsWith('hf_')) {
      throw new CheckpointError('CHECKPOINT_REFUSED', 'HF_TOKEN does not begin with hf_, so it is no token of the Hugging Face Hub. Make one at https://huggingface.co/settings/tokens.');
    }
    this.location = formatLocation(at);
    this.fetch = options.fetch ?? fetch;
    this.common = { ...(hubUrl === undefined ? {} : { hubUrl }), ...(token === undefined ? {} : { accessToken: token }) };
  }

  async open(name: string, from: number, signal: AbortSignal): Promise<OpenedFile> {
    const base = { ...this.common, repo: this.at.repository, fetch: this.within(signal) };
    return this.ask(signal, async () => {
      this.commit ??= this.resolve(signal);
      const revision = await this.commit.catch((error: unknown) => {
        this.commit = undefined;
        throw error;
      });
      const file = { ...base, path: this.path(name), revision };
      const info = await fileDownloadInfo(file);
      // Without xet: plain ranges of one file are what can be continued anywhere.
      const blob = info && (await downloadFile({ ...file, downloadInfo: info, xet: false }));
      if (!info || !blob) throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${this.path(name)} in ${this.location}.`);
      return { size: info.size, body: from >= info.size ? empty() : this.bodyOf(blob.slice(from), signal) };
    });
  }

  async publish(folder: string, descriptor: CheckpointDescriptor, options: TransferOptions): Promise<string> {
    const { signal } = options;
    if (this.common.accessToken === undefined) throw new CheckpointError('CHECKPOINT_REFUSED', 'The Hugging Face Hub takes uploads with a token only. Put one that may write into HF_TOKEN.');
    const commit = await withRetry(this.options.retry ?? DEFAULT_RETRY, signal, () => this.ask(signal, () => this.push(folder, descriptor, options)));
    return formatLocation({ ...this.at, revision: commit });
  }

  /** @returns the commit that holds it. */
  private async push(folder: string, descriptor: CheckpointDescriptor, options: TransferOptions): Promise<string> {
    const { signal } = options;
    const branch = this.at.revision ?? 'main';
    await this.prepare(branch, signal);
    const there = await fetchDescriptor(new HubStore(this.at, this.options), signal);
    if (there !== undefined && descriptorHash(there) === descriptorHash(descriptor)) return this.resolve(signal);
    if (there !== undefined && this.options.overwrite === false) throw exists(this.location);
    const operations: CommitOperation[] = [
      ...descriptor.files.map(({ name }) => ({ operation: 'addOrUpdate' as const, path: this.path(name), content: pathToFileURL(join(folder, name)) })),
      { operation: 'addOrUpdate', path: this.path(DESCRIPTOR_NAME), content: new Blob([encodeDescriptor(descriptor)]) },
      ...(await this.stale(descriptor, branch, signal)),
    ];
    const title = descriptor.step === undefined ? 'Checkpoint' : `Checkpoint of step ${descriptor.step}`;
    const work = commitIter({ ...this.common, repo: this.at.repository, branch, title, operations, abortSignal: signal, fetch: this.within(signal) });
    const fractions = new Map<string, number>();
    for (;;) {
      const { done, value } = await work.next();
      if (done) {
        const oid = value?.commit.oid;
        if (oid === undefined || !/^[0-9a-f]{40}$/.test(oid)) throw new CheckpointError('CHECKPOINT_REFUSED', `${this.location} did not say which commit it made of the upload.`);
        return oid;
      }
      if (value.event === 'fileProgress' && value.state === 'uploading') {
        fractions.set(value.path, value.progress);
        this.tell(descriptor, fractions, value.path, options);
      }
    }
  }

  private tell(descriptor: CheckpointDescriptor, fractions: ReadonlyMap<string, number>, path: string, options: TransferOptions): void {
    const done = descriptor.files.reduce((sum, f) => sum + f.bytes * Math.min(1, fractions.get(this.path(f.name)) ?? 0), 0);
    options.onProgress?.({ name: path.slice(path.lastIndexOf('/') + 1), done: Math.round(done), total: totalBytes(descriptor), skipped: 0 });
  }

  /** Makes the repository and the branch where they are missing. */
  private async prepare(branch: string, signal: AbortSignal): Promise<void> {
    const base = { ...this.common, repo: this.at.repository, fetch: this.within(signal) };
    if (!(await repoExists(base))) {
      await createRepo({ ...base, accessToken: this.common.accessToken!, visibility: this.options.public === true ? 'public' : 'private' }).catch((error: unknown) => {
        // Somebody else was faster.
        if (!(error instanceof HubApiError) || error.statusCode !== 409) throw error;
      });
    }
    if (branch !== 'main' && !(await this.hasRevision(branch, signal))) await createBranch({ ...base, branch });
  }

  /** Weights of an earlier checkpoint that this one has no file of the same name for: a loader would take them too. */
  private async stale(descriptor: CheckpointDescriptor, branch: string, signal: AbortSignal): Promise<CommitOperation[]> {
    const kept = new Set(descriptor.files.map((f) => this.path(f.name)));
    const found: CommitOperation[] = [];
    try {
      const files = listFiles({ ...this.common, repo: this.at.repository, revision: encodeURIComponent(branch), path: this.at.subfolder, fetch: this.within(signal) });
      for await (const { type, path } of files) {
        if (type === 'file' && !kept.has(path) && /(^|\/)model[\w-]*\.safetensors(\.index\.json)?$/.test(path)) found.push({ operation: 'delete', path });
      }
    } catch (error) {
      // A folder or a repository that holds nothing yet.
      if (!(error instanceof HubApiError) || error.statusCode !== 404) throw error;
    }
    return found;
  }

  private async hasRevision(revision: string, signal: AbortSignal): Promise<boolean> {
    return modelInfo({ ...this.common, name: this.at.repository, revision, fetch: this.within(signal) }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof HubApiError && error.statusCode === 404) return false;
        throw error;
      },
    );
  }

  /** The commit that the revision stands for now. */
  private async resolve(signal: AbortSignal): Promise<string> {
    const { repository, revision = 'main' } = this.at;
    if (/^[0-9a-f]{40}$/.test(revision)) return revision;
    const { sha } = await modelInfo({ ...this.common, name: repository, revision, additionalFields: ['sha'], fetch: this.within(signal) });
    return sha;
  }

  private path(name: string): string {
    return this.at.subfolder === undefined ? name : `${this.at.subfolder}/${name}`;
  }

  /** The library's calls take no signal of their own, but any fetch. */
  private within(signal: AbortSignal): typeof fetch {
    return (input, init) => this.fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, signal]) : signal });
  }

  private async *bodyOf(blob: Blob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* blob.stream() as unknown as AsyncIterable<Uint8Array>;
    } catch (cause) {
      signal.throwIfAborted();
      throw unavailable(this.location, 'the connection broke', cause);
    }
  }

  /** Gives the library's and the network's errors this project's names. */
  private async ask<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CheckpointError) throw error;
      if (!(error instanceof HubApiError)) throw unavailable(this.location, reason(error), error);
      const { statusCode: status } = error;
      if (status === 404) throw new CheckpointError('CHECKPOINT_NOT_FOUND', `There is no ${this.location} on the Hub, or it is private: then put a token that may read it into HF_TOKEN.`, { cause: error });
      if (status === 401 || status === 403) throw new CheckpointError('CHECKPOINT_REFUSED', `The Hub refuses ${this.location} (${status}): it is private, or not there. Check the name, and put a token that may into HF_TOKEN.`, { cause: error });
      if (status === 408 || status === 429 || status >= 500) throw unavailable(this.location, `the Hub answered ${status}`, error);
      throw new CheckpointError('CHECKPOINT_REFUSED', `The Hub did not take a request for ${this.location}: ${error.message}`, { cause: error });
    }
  }
}

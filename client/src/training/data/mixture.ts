import { DataError } from '../errors.js';
import type { MixtureManifest, RunManifest, SourceManifest } from '../manifest.js';
import { endOfTextOf } from '../tokenizer/index.js';
import { MixtureOrder } from './mixture-order.js';
import { openSet, type OpenSet, type OpenSetOptions, readIndex } from './open-set.js';
import { inParts, Sequences } from './sequences.js';
import type { TrainingData } from './training-data.js';

type DataOf = Pick<RunManifest, 'model' | 'initialization' | 'tokenizer'> & { data: MixtureManifest };

/** Files of all sources together: what is known of them is held in memory. */
const MAX_SHARDS = 1 << 18;

/** Prepared data sets mixed by weight. */
export class MixtureData implements TrainingData {
  readonly sequenceCount: number;

  private constructor(private readonly parts: readonly Sequences[], readonly order: MixtureOrder) {
    this.sequenceCount = Math.floor(Math.min(...parts.map((p, i) => p.count / order.shares[i])));
  }

  /**
   * @param places of sources on this machine or of the operator's choice, by name; the others are at the manifest's locations
   * @throws DataError `DATA_NOT_FOUND`, `DATA_DIFFERS`, `DATA_TOO_SHORT`, `DATA_INDEX_INVALID`; RemoteError
   */
  static async open(manifest: DataOf, places: ReadonlyMap<string, string>, options: OpenSetOptions): Promise<MixtureData> {
    const sets: OpenSet[] = [];
    try {
      let shards = 0;
      for (const source of manifest.data.sources) {
        const set = await openSource(manifest, source, places.get(source.name), options);
        sets.push(set);
        shards += set.index.shards.length;
        if (shards > MAX_SHARDS) throw new DataError('DATA_INDEX_INVALID', `The run's data sets have more than ${MAX_SHARDS} files together: prepare them anew, in larger ones.`);
      }
      return MixtureData.of(manifest, sets);
    } catch (error) {
      await Promise.all(sets.map(({ stream }) => stream.close()));
      throw error;
    }
  }

  private static of({ model, initialization, data }: DataOf, sets: readonly OpenSet[]): MixtureData {
    const parts = sets.map(({ stream }, i) => {
      const part = new Sequences(stream, model.contextLength, data.heldOutPermille);
      if (part.count < 1) throw new DataError('DATA_TOO_SHORT', `"${data.sources[i].name}" has ${stream.tokens} tokens, too few for one sequence of ${model.contextLength}.`);
      return part;
    });
    const sources = data.sources.map(({ weight, index }, i) => ({ weight, index, sequences: parts[i].count }));
    return new MixtureData(parts, new MixtureOrder(Buffer.from(initialization.seed, 'hex'), sources));
  }

  sequences(start: number, count: number, signal?: AbortSignal): Promise<Int32Array[]> {
    return inParts(Array.from({ length: count }, (_, i) => this.order.at(start + i)), ({ source, sequence }) => this.parts[source].read(sequence, signal));
  }

  async heldOut(count: number, signal?: AbortSignal): Promise<Int32Array[]> {
    const split = this.order.split(count);
    return (await Promise.all(this.parts.map((part, i) => part.heldOut(split[i], signal)))).flat();
  }

  /** Not known: nobody counts the tokens of a mixture. */
  unigramEntropy(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    await Promise.all(this.parts.map(({ stream }) => stream.close()));
  }
}

/** Opens one source and makes sure, before anything is trained on it, that it is the manifest's. */
async function openSource(manifest: DataOf, source: SourceManifest, own: string | undefined, options: OpenSetOptions): Promise<OpenSet> {
  const place = own ?? source.location;
  if (place === undefined) throw new DataError('DATA_NOT_FOUND', `The run trains on "${source.name}" (index ${source.index}), which is nowhere to be had: say where it is with --data ${source.name}=PATH.`);
  const known = await indexOf(source, own, options);
  const { index, hash } = known;
  const wrong = (how: string): DataError => new DataError('DATA_DIFFERS', `${place} is not what this run trains on as "${source.name}": ${how}. Get the run's own data set.`);
  if (hash !== source.index) throw wrong(`its index has the SHA-256 ${hash}, not ${source.index}`);
  if (index.tokens !== source.tokens || index.bytes !== source.bytes) throw wrong(`it has ${index.tokens} tokens in ${index.bytes} bytes, and the manifest says ${source.tokens} in ${source.bytes}`);
  if (index.vocabSize > manifest.model.vocabSize) throw wrong(`it has tokens up to ${index.vocabSize - 1}, and the model embeddings for ${manifest.model.vocabSize}`);
  const { tokenizer: ours } = index;
  const { tokenizer: theirs } = manifest;
  if (ours.kind !== 'unknown' && (ours.kind !== theirs.kind || (ours.kind === 'tokenizer.json' && theirs.kind === 'tokenizer.json' && ours.sha256 !== theirs.sha256))) {
    throw wrong('it was made with another tokenizer than the run\'s');
  }
  if (manifest.data.separateDocuments && index.separator !== endOfTextOf(manifest)) throw wrong(`its documents end with ${index.separator ?? 'no token'}, and the run separates them at ${endOfTextOf(manifest)}`);
  return openSet(place, options, known);
}

/** A source's index: the operator's, or, for a copy of the shards alone, the one at the manifest's location. */
async function indexOf(source: SourceManifest, own: string | undefined, options: OpenSetOptions): ReturnType<typeof readIndex> {
  if (own === undefined) return readIndex(source.location!, options);
  try {
    return await readIndex(own, options);
  } catch (error) {
    if (source.location === undefined || (error as { code?: string }).code !== 'DATA_NOT_FOUND') throw error;
    return readIndex(source.location, options);
  }
}

import { P2pError } from './errors.js';
import { wrongChunk } from './model-ranges.js';
import type { PartialModel } from './partial-model.js';
import { type DownloadEvents, RangeDownload } from './range-download.js';

export type { DownloadEvents, FetchRange } from './range-download.js';

/** A model on its way: every chunk of each range is checked against its leaf before it is kept. */
export class ModelDownload extends RangeDownload {
  /** @param present ranges that `target` has already. */
  constructor(size: number, leaves: readonly Uint8Array[], target: PartialModel, present: ReadonlySet<number>, events: DownloadEvents, now?: () => number) {
    const check = (range: number, bytes: Uint8Array): void => {
      const wrong = wrongChunk(bytes, range, leaves);
      if (wrong !== undefined) throw new P2pError('WRONG_HASH', `chunk ${wrong} of the model does not have the hash of its leaf`);
    };
    super(size, { check, write: (range, bytes) => target.write(range, bytes) }, present, events, now);
  }
}

import { bytesEqual, sha256, toHex } from '../protocol/bytes.js';
import { P2pError } from './errors.js';
import { type RangeSource, rangesOf } from './range-transfer.js';

/** The largest payload any peer sends or takes, whatever was announced. */
export const MAX_PAYLOAD_BYTES = 256 * 1024 * 1024;

/** The payloads a node serves, by their SHA-256. What is no longer needed must be forgotten by the caller. */
export class ContentStore {
  private readonly contents = new Map<string, Uint8Array>();

  /** @throws {P2pError} TOO_LARGE, WRONG_HASH: serving either would only make peers distrust this node. */
  put(hash: Uint8Array, bytes: Uint8Array): void {
    if (bytes.length === 0 || bytes.length > MAX_PAYLOAD_BYTES) {
      throw new P2pError('TOO_LARGE', `a payload has 1 to ${MAX_PAYLOAD_BYTES} bytes, not ${bytes.length}`);
    }
    if (!bytesEqual(sha256(bytes), hash)) throw new P2pError('WRONG_HASH', 'these bytes do not have the hash they are provided under');
    this.contents.set(toHex(hash), bytes);
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.contents.get(toHex(hash));
  }

  delete(hash: Uint8Array): void {
    this.contents.delete(toHex(hash));
  }

  clear(): void {
    this.contents.clear();
  }

  source(hash: Uint8Array): RangeSource | undefined {
    return rangesOf(this.get(hash));
  }
}

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

/** In front of each frame: its length u32, then the first bytes of its SHA-256. */
const DIGEST_BYTES = 8;
const HEAD_BYTES = 4 + DIGEST_BYTES;

/** No frame is longer. */
export const MAX_FRAME_BYTES = 1 << 20;

/**
 * A file of records that only grows. After a crash at any moment its records are those that were written whole, in their
 * order: what a crash or a bad disk left behind them is cut off when the file is opened.
 */
export class FrameLog {
  private constructor(
    private readonly file: FileHandle,
    /** Its length in bytes. */
    private end: number,
  ) {}

  /**
   * Opens or makes the file and hands out what is in it, oldest first.
   * @param maxBytes what lies beyond is not read, and cut off
   */
  static async open(path: string, maxBytes: number): Promise<{ log: FrameLog; frames: Uint8Array[] }> {
    const file = await open(path, 'a+', 0o600);
    try {
      const { frames, end } = await readFrames(file, Math.min(maxBytes, (await file.stat()).size));
      await file.truncate(end);
      return { log: new FrameLog(file, end), frames };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.end;
  }

  /** Adds one record; it outlives this process once this settles. One at a time. */
  async append(body: Uint8Array): Promise<void> {
    const frame = frameOf(body);
    try {
      // Opened for appending: always at the end.
      for (let done = 0; done < frame.length; ) done += (await this.file.write(frame, done)).bytesWritten;
    } catch (error) {
      // Half a record must not stand before the next one.
      await this.file.truncate(this.end).catch(() => {});
      throw error;
    }
    this.end += frame.length;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** A record as it lies in the file. @throws RangeError if it is too long (the caller's defect) */
export function frameOf(body: Uint8Array): Uint8Array {
  if (body.length > MAX_FRAME_BYTES) throw new RangeError(`a record of ${body.length} bytes is too long`);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(body.length);
  digestOf(body).copy(head, 4);
  return Buffer.concat([head, body]);
}

async function readFrames(file: FileHandle, size: number): Promise<{ frames: Uint8Array[]; end: number }> {
  const frames: Uint8Array[] = [];
  const head = Buffer.alloc(HEAD_BYTES);
  let end = 0;
  while (end + HEAD_BYTES <= size && (await readWhole(file, head, end))) {
    const length = head.readUInt32LE();
    if (length > MAX_FRAME_BYTES || end + HEAD_BYTES + length > size) break;
    const body = Buffer.alloc(length);
    if (!(await readWhole(file, body, end + HEAD_BYTES)) || !digestOf(body).equals(head.subarray(4))) break;
    frames.push(body);
    end += HEAD_BYTES + length;
  }
  return { frames, end };
}

async function readWhole(file: FileHandle, target: Uint8Array, at: number): Promise<boolean> {
  for (let done = 0; done < target.length; ) {
    const { bytesRead } = await file.read(target, done, target.length - done, at + done);
    if (bytesRead === 0) return false;
    done += bytesRead;
  }
  return true;
}

const digestOf = (body: Uint8Array): Buffer => createHash('sha256').update(body).digest().subarray(0, DIGEST_BYTES);

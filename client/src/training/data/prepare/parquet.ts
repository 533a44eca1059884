import { parquetMetadataAsync, parquetRead } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { DataError } from '../../errors.js';
import type { RandomAccessFile } from '../random-access.js';

/** A row group's column is held in memory, once as bytes and once as strings. */
const MAX_COLUMN_BYTES = 1 << 30;

/** A row group's rows are held in memory too, as many as the file says that there are, whatever it has. */
const MAX_ROWS = 1 << 22;

/** Footers of files with many row groups and columns are long, but not longer. */
const MAX_FOOTER_BYTES = 1 << 28;

/**
 * The texts of one column, row group by row group; empty cells are no documents.
 * @throws DataError `DATA_FORMAT`
 */
export async function* parquetTexts(file: RandomAccessFile, column: string, signal?: AbortSignal): AsyncGenerator<string> {
  const source = {
    byteLength: file.size,
    slice: async (start: number, end = file.size): Promise<ArrayBuffer> => {
      if (!(start >= 0 && start <= end && end <= file.size && end - start <= MAX_COLUMN_BYTES)) throw new Error(`it names bytes ${start} to ${end}`);
      const bytes = await file.read(start, end - start, signal);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  try {
    if (file.size < 12) throw new Error('it is too short');
    const footer = Buffer.from(await source.slice(file.size - 8)).readUInt32LE(0);
    if (footer > MAX_FOOTER_BYTES) throw new Error(`its footer has ${footer} bytes`);
    const metadata = await parquetMetadataAsync(source);
    let rowStart = 0;
    for (const [number, group] of metadata.row_groups.entries()) {
      signal?.throwIfAborted();
      const chunk = group.columns.find((c) => c.meta_data?.path_in_schema.length === 1 && c.meta_data.path_in_schema[0] === column)?.meta_data;
      if (chunk === undefined) throw new DataError('DATA_FORMAT', `${file.name} has no column "${column}": name the one with the text with --column (${columnsOf(metadata)}).`);
      if (chunk.type !== 'BYTE_ARRAY') throw new DataError('DATA_FORMAT', `${file.name}: column "${column}" holds ${chunk.type}, no text.`);
      if (chunk.total_uncompressed_size > BigInt(MAX_COLUMN_BYTES)) {
        throw new DataError('DATA_TOO_LARGE', `${file.name}: row group ${number} holds ${chunk.total_uncompressed_size} bytes of "${column}", more than fit into memory (${MAX_COLUMN_BYTES}): write the file again with smaller row groups.`);
      }
      if (group.num_rows < 0n || group.num_rows > BigInt(MAX_ROWS)) {
        throw new DataError('DATA_TOO_LARGE', `${file.name}: row group ${number} has ${group.num_rows} rows, more than ${MAX_ROWS}: write the file again with smaller row groups.`);
      }
      const rowEnd = rowStart + Number(group.num_rows);
      let texts: ArrayLike<unknown> = [];
      await parquetRead({ file: source, metadata, columns: [column], rowStart, rowEnd, compressors, rowFormat: 'object', onComplete: (rows: Record<string, unknown>[]) => (texts = rows.map((row) => row[column])) });
      for (let i = 0; i < texts.length; i++) if (typeof texts[i] === 'string') yield texts[i] as string;
      rowStart = rowEnd;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Error && 'code' in cause) throw cause;
    throw new DataError('DATA_FORMAT', `${file.name} is not a Parquet file that can be read: ${(cause as Error).message}.`, { cause });
  }
}

function columnsOf(metadata: Awaited<ReturnType<typeof parquetMetadataAsync>>): string {
  const names = metadata.schema.slice(1).map((e) => e.name);
  return `it has ${names.slice(0, 12).join(', ')}${names.length > 12 ? ' …' : ''}`;
}

import { kernelBinary } from './binary.js';

/** What the kernels need of the caller while they run. */
export interface KernelHost {
  /** Takes the coded bytes in the output buffer. */
  flush(length: number): void;
  /** Puts the next bytes to decode into the input buffer. @returns how many; 0 at the end */
  fill(): number;
}

/** The module's functions; pointers are byte offsets into its memory. See `assembly/index.ts`. */
export interface KernelExports {
  memory: WebAssembly.Memory;
  heapBase(): number;
  extractChunks(
    update: number, stride: number, residual: number, decay: number, count: number, rows: number, columns: number, k: number,
    rowTables: number, columnTables: number, positions: number, coefficients: number,
  ): void;
  voteChunks(
    parameters: number, stride: number, count: number, rows: number, columns: number, k: number, members: number,
    positions: number, values: number, down: number, across: number, peak: number, learningRate: number, decay: number,
  ): void;
  voteWideChunks(
    parameters: number, stride: number, count: number, rows: number, columns: number,
    votes: number, down: number, across: number, learningRate: number, decay: number,
  ): void;
  codedBuffer(): number;
  codedBufferBytes(): number;
  beginEncoding(): void;
  encodeChunks(contexts: number, positions: number, values: number, exponents: number, count: number, rows: number, columns: number, k: number, bits: number): void;
  finishEncoding(): void;
  beginDecoding(): void;
  decodeChunks(contexts: number, positions: number, values: number, exponents: number, count: number, rows: number, columns: number, k: number, bits: number): void;
  canonical(): number;
}

const PAGE = 65_536;

/** The compiled kernels with an arena for the buffers of one call. */
export class Kernels {
  readonly calls: KernelExports;
  /** Set by whoever codes, for the time of the call. */
  host: KernelHost | undefined;
  private readonly base: number;
  private at: number;

  constructor(module: WebAssembly.Module) {
    const host = { flush: (length: number) => this.host!.flush(length), fill: () => this.host!.fill() };
    this.calls = new WebAssembly.Instance(module, { host }).exports as KernelExports;
    this.base = this.at = this.calls.heapBase();
  }

  /** Gives back all that was allocated. */
  reset(): void {
    this.at = this.base;
  }

  /** A pointer to `bytes` bytes with 16 more behind them, which vectors of four may read. Views taken before may be dead. */
  allocate(bytes: number): number {
    const pointer = (this.at + 15) & ~15;
    this.at = pointer + bytes + 16;
    const missing = this.at - this.calls.memory.buffer.byteLength;
    if (missing > 0) this.calls.memory.grow(Math.ceil(missing / PAGE));
    return pointer;
  }

  floats(pointer: number, length: number): Float32Array {
    return new Float32Array(this.calls.memory.buffer, pointer, length);
  }

  doubles(pointer: number, length: number): Float64Array {
    return new Float64Array(this.calls.memory.buffer, pointer, length);
  }

  integers(pointer: number, length: number): Int32Array {
    return new Int32Array(this.calls.memory.buffer, pointer, length);
  }

  shorts(pointer: number, length: number): Uint16Array {
    return new Uint16Array(this.calls.memory.buffer, pointer, length);
  }

  signedShorts(pointer: number, length: number): Int16Array {
    return new Int16Array(this.calls.memory.buffer, pointer, length);
  }

  signedBytes(pointer: number, length: number): Int8Array {
    return new Int8Array(this.calls.memory.buffer, pointer, length);
  }

  bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.calls.memory.buffer, pointer, length);
  }
}

let loaded: Kernels | undefined;
let tried = false;

/** The kernels, or undefined where there are none: then one line says so, and the plain twins give the same results slower. */
export function kernels(): Kernels | undefined {
  if (tried) return loaded;
  tried = true;
  const module = kernelBinary();
  if (typeof module === 'string') console.error(`Compression runs without WebAssembly, slower: ${module}. Run: npm run build`);
  else loaded = new Kernels(module);
  return loaded;
}

/** Runs `work` as if there were no kernels. For tests, which compare both. */
export function withoutKernels<T>(work: () => T): T {
  const before = [loaded, tried] as const;
  [loaded, tried] = [undefined, true];
  try {
    return work();
  } finally {
    [loaded, tried] = before;
  }
}

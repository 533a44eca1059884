/** First 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const K = Int32Array.from(firstPrimes(64), (p) => fractionOfRoot(p, 3));
/** And of the square roots of the first 8. */
const H = Int32Array.from(firstPrimes(8), (p) => fractionOfRoot(p, 2));

/** What one block of SHA-256 holds beside its padding. */
const MOST_BYTES = 55;

/**
 * The bytes of sha256(prefix ‖ u32le 0), sha256(prefix ‖ u32le 1), … A model takes one hash for every eight of its
 * parameters: a call of the system's library for each took minutes where this takes seconds.
 */
export class CounterStream {
  private readonly message = new Uint8Array(64);
  private readonly counterAt: number;
  private readonly schedule = new Int32Array(64);
  private readonly block = new Uint8Array(32);
  private readonly words = new DataView(this.block.buffer);
  private at = 32;
  private counter = 0;

  /** @throws RangeError where prefix and counter are more than one block holds */
  constructor(prefix: Uint8Array) {
    const length = prefix.length + 4;
    if (length > MOST_BYTES) throw new RangeError(`a prefix has at most ${MOST_BYTES - 4} bytes, not ${prefix.length}`);
    this.message.set(prefix);
    this.message[length] = 0x80;
    new DataView(this.message.buffer).setUint32(60, 8 * length);
    this.counterAt = prefix.length;
  }

  next(): number {
    if (this.at === 32) {
      for (let i = 0; i < 4; i++) this.message[this.counterAt + i] = this.counter >>> (8 * i);
      this.counter++;
      this.compress();
      this.at = 0;
    }
    return this.block[this.at++];
  }

  /** FIPS 180-4, 6.2.2, for a message of one block. */
  private compress(): void {
    const { message, schedule: w, words } = this;
    for (let i = 0; i < 16; i++) w[i] = (message[4 * i] << 24) | (message[4 * i + 1] << 16) | (message[4 * i + 2] << 8) | message[4 * i + 3];
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15];
      const y = w[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = H as unknown as number[];
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    words.setInt32(0, H[0] + a);
    words.setInt32(4, H[1] + b);
    words.setInt32(8, H[2] + c);
    words.setInt32(12, H[3] + d);
    words.setInt32(16, H[4] + e);
    words.setInt32(20, H[5] + f);
    words.setInt32(24, H[6] + g);
    words.setInt32(28, H[7] + h);
  }
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return primes;
}

/** The first 32 bits behind the point of the square or cube root, in whole numbers. */
function fractionOfRoot(n: number, degree: 2 | 3): number {
  const wanted = BigInt(n) << BigInt(32 * degree);
  let root = 0n;
  for (let bit = 1n << 36n; bit > 0n; bit >>= 1n) if ((root + bit) ** BigInt(degree) <= wanted) root += bit;
  return Number(BigInt.asIntN(32, root));
}

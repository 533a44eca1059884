import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Usage } from './orders.js';
import { connect, Peer } from './peers.js';

export interface Figures {
  bytes: number;
  peers: number;
  /** MB/s, one for each repetition: a plain stream from one peer, the model from one, and from all of them. */
  stream: number[];
  single: number[];
  sharing: number[];
  /** The first newcomer's, for whom every peer hashes the model. */
  first: number;
  /** CPU seconds of the newcomer, and of all peers together, per model. */
  newcomerCpu: number;
  peersCpu: number;
  streamCpu: number;
  /** Of a peer's event loop while it serves. */
  late: Pick<Usage, 'lateP99' | 'lateMost'>;
  /** Most memory that a newcomer takes which fetches to the disk only, beyond one that fetches nothing. */
  aheadBytes: number;
  /** Bytes that were there when the newcomer was killed, and those that came afterwards. */
  killedAt: number;
  fetchedAfter: number;
}

/** Runs all of it, on processes of its own. @param say hears what is being done. */
export async function measure(bytes: number, count: number, repetitions: number, say: (line: string) => void): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'psyche-bench-models-'));
  const running: Peer[] = [];
  const start = async (index: number, modelBytes?: number): Promise<Peer> => {
    const peer = await Peer.start(index, modelBytes);
    running.push(peer);
    return peer;
  };
  try {
    say(`starting ${count} peers with ${bytes / 1e6} MB each`);
    const peers: Peer[] = [];
    for (let i = 0; i < count; i++) peers.push(await start(i, bytes));
    const root = peers[0].address.root!;
    const sources = peers.map((peer) => peer.address.nodeKey);
    const rate = (seconds: number): number => bytes / seconds / 1e6;
    const usage = (): Promise<Usage[]> => Promise.all(peers.map((peer) => peer.ask({ do: 'usage' })));
    const cpuOf = (used: Usage[]): number => used.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

    let newcomer = await start(count);
    await connect([...peers, newcomer]);
    const [stream, single, sharing, newcomerCpu, peersCpu, streamCpu]: number[][] = [[], [], [], [], [], []];
    const late: Usage[] = [];
    const fetch = async (name: string, from: Uint8Array[]): Promise<number> => {
      const into = join(folder, name);
      const seconds = await newcomer.ask({ do: 'fetch', root, bytes, sources: from, folder: into });
      await rm(into, { recursive: true });
      return rate(seconds);
    };
    for (let i = 0; i <= repetitions; i++) {
      await newcomer.ask({ do: 'usage' });
      stream.push(rate(await newcomer.ask({ do: 'stream', address: peers[i % count].address.streamAddress, bytes })));
      streamCpu.push((await newcomer.ask({ do: 'usage' })).cpuSeconds);
      await usage();
      sharing.push(await fetch(`${i}`, sources));
      newcomerCpu.push((await newcomer.ask({ do: 'usage' })).cpuSeconds);
      const used = await usage();
      peersCpu.push(cpuOf(used));
      late.push(...used);
      single.push(await fetch(`${i} from one`, [sources[i % count]]));
      say(`one stream ${stream.at(-1)!.toFixed(0)} MB/s, the model from one peer ${single.at(-1)!.toFixed(0)}, from ${count} peers ${sharing.at(-1)!.toFixed(0)}`);
    }
    await newcomer.kill();

    say('a newcomer that fetches to the disk only, killed half way and started again');
    newcomer = await start(count + 1);
    await connect([...peers, newcomer]);
    const order = { do: 'fetch', root, bytes, sources, folder: join(folder, 'ahead'), ahead: true, report: true } as const;
    let killedAt = 0;
    const half = newcomer;
    await half.ask(order, (done) => {
      killedAt = done;
      if (done >= bytes / 2) void half.kill();
    }).then(() => Promise.reject(new Error('it was done before it was killed')), () => {});
    newcomer = await start(count + 1);
    await connect([...peers, newcomer]);
    let had: number | undefined;
    const { peakBytes: idle } = await newcomer.ask({ do: 'usage' });
    await newcomer.ask(order, (done) => (had ??= done));
    const { peakBytes } = await newcomer.ask({ do: 'usage' });

    // the first repetition warms up, and its fetch is the first newcomer's
    const [first] = sharing.splice(0, 1);
    for (const warm of [stream, single, newcomerCpu, peersCpu, streamCpu]) warm.shift();
    return {
      bytes, peers: count, stream, single, sharing, first,
      newcomerCpu: median(newcomerCpu), peersCpu: median(peersCpu), streamCpu: median(streamCpu),
      late: { lateP99: Math.max(...late.map((u) => u.lateP99)), lateMost: Math.max(...late.map((u) => u.lateMost)) },
      aheadBytes: peakBytes - idle, killedAt, fetchedAfter: bytes - (had ?? 0),
    };
  } finally {
    await Promise.all(running.map((peer) => peer.kill()));
    await rm(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

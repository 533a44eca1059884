import { createCipheriv } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Libp2p } from '@libp2p/interface';
import bs58 from 'bs58';
import { P2pNode } from '../../client/src/p2p/index.js';
import { concatBytes } from '../../client/src/protocol/bytes.js';
import { publicKeyOfSeed } from '../../client/src/protocol/ed25519.js';
import { HashWorker } from '../../client/src/training/hashing/index.js';
import type { Answers, Message, Order, Usage } from './orders.js';
import { startPlain, takePlain } from './plain-stream.js';

/** One member, or the plain end of a stream: a process that does as the bench tells it. */
let node: P2pNode;
let plain: Libp2p;
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
let cpu = process.cpuUsage();

const send = (message: Message): void => void process.send!(message);
const forever = new AbortController().signal;

const duties: { [K in Order['do']]: (order: Extract<Order, { do: K }>, progress: (bytes: number) => void) => Promise<Answers[K]> } = {
  async start({ index, serve }) {
    const seed = new Uint8Array(32).fill(index + 1);
    const secretKey = concatBytes(seed, publicKeyOfSeed(seed));
    node = await P2pNode.create({ secretKey, run: bs58.encode(new Uint8Array(32).fill(7)), listen: ['/ip4/127.0.0.1/tcp/0'], localDiscovery: false });
    node.setValidators({ announcement: () => 'accept', list: () => 'accept' });
    const model = serve && modelOf(serve.bytes);
    plain = await startPlain(model);
    const root = model && (await provide(model));
    return { nodeKey: node.nodeKey, multiaddr: node.addresses()[0], streamAddress: plain.getMultiaddrs()[0].toString(), ...(root && { root }) };
  },
  async connect({ members }) {
    node.setMembers(members.map((member, index) => ({ ...member, index })), 0);
    await node.waitForPeers(members.map(({ nodeKey }) => nodeKey));
    return true;
  },
  async fetch({ root, bytes, sources, folder, ahead, report }, progress) {
    const onProgress = report ? progress : undefined;
    const begun = performance.now();
    if (ahead) await node.fetchModelAhead(root, bytes, sources, forever, { folder: folder!, onProgress });
    else await node.fetchModel(root, bytes, sources, forever, { folder, onProgress });
    return (performance.now() - begun) / 1000;
  },
  async stream({ address, bytes }) {
    const begun = performance.now();
    await takePlain(plain, address, bytes);
    return (performance.now() - begun) / 1000;
  },
  async usage(): Promise<Usage> {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    const late = (value: number): number => Math.max(0, value / 1e6 - 5);
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    const usage = { peakBytes, cpuSeconds: (user + system) / 1e6, lateMedian: late(delay.percentile(50)), lateP99: late(delay.percentile(99)), lateMost: late(delay.max) };
    delay.reset();
    return usage;
  },
};

process.on('message', ({ id, order }: { id: number; order: Order }) => {
  const duty = duties[order.do] as (order: Order, progress: (bytes: number) => void) => Promise<unknown>;
  duty(order, (bytes) => send({ id, progress: bytes })).then(
    (answer) => send({ id, answer }),
    (error: unknown) => send({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
// without its parent nobody would end it
process.on('disconnect', () => process.exit());

/** A model of bytes that nothing compresses, the same in every process. */
function modelOf(bytes: number): Uint8Array {
  const stream = createCipheriv('aes-256-ctr', new Uint8Array(32), new Uint8Array(16));
  const model = new Uint8Array(bytes);
  const zeros = new Uint8Array(2 ** 24);
  for (let at = 0; at < bytes; at += zeros.length) model.set(stream.update(zeros.subarray(0, Math.min(zeros.length, bytes - at))), at);
  return model;
}

/** Serves a model. @returns its root */
async function provide(model: Uint8Array): Promise<Uint8Array> {
  const hasher = new HashWorker();
  const root = await hasher.root(model);
  // as a member does: hashed when the first newcomer asks, on threads of its own
  node.provideModel(root, () => model, (content) => hasher.leaves(content));
  return root;
}
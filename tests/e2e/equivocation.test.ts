import assert from 'node:assert/strict';
import test from 'node:test';
import bs58 from 'bs58';
import { CoordinatorClient } from '../../client/src/chain/index.js';
import { P2pNode, type PeerMember } from '../../client/src/p2p/index.js';
import { sha256 } from '../../client/src/protocol/bytes.js';
import { signAnnouncement } from '../../client/src/protocol/commitment.js';
import { findMember, type RunView } from '../../client/src/protocol/run-view.js';
import { decodeKey } from '../../client/src/round/keys.js';
import { CLIENT_VERSION } from '../../client/src/version.js';
import { TinyNetwork } from './tiny-network.js';

const TIMEOUT_MS = 120_000;
const signal = AbortSignal.timeout(TIMEOUT_MS - 10_000);

test('who signs two commitments for one round is convicted by the others, who finish the run', { timeout: TIMEOUT_MS }, async () => {
  const tiny = await TinyNetwork.start({ clients: 3, played: 1, minClients: 2, change: { totalSteps: 4, epochTime: 30 } }, signal);
  const cheat = tiny.clients[2];
  const key = cheat.node.publicKey.toBase58();
  const chain = new CoordinatorClient(tiny.network.chain, tiny.run, cheat.node);
  const p2p = await P2pNode.create({ secretKey: cheat.node.secretKey, run: bs58.encode((await chain.fetchRun()).origin), listen: ['/ip4/127.0.0.1/tcp/0'], signal });
  try {
    const [address] = p2p.addresses();
    await chain.joinRun({ payout: cheat.payout.publicKey, capacity: 1, address: { kind: 'multiaddr', bytes: address! }, clientVersion: CLIENT_VERSION }, { signal });
    const warming = await tiny.when((run) => run.state === 'Warmup');
    const peers = await peersOf(chain, warming);
    p2p.setMembers(peers, warming.epoch);
    await p2p.waitForPeers(peers.map((p) => p.nodeKey), signal);
    await chain.warmupWitness({ epoch: warming.epoch }, { signal });

    const { epoch } = warming;
    const subject = { program: tiny.network.chain.programs.coordinator.toBytes(), run: warming.origin, epoch, index: findMember(warming, key)!.index };
    const convicted = await tiny.when((run) => {
      // In every round anew, lest one that a peer was not ready for yet was the only chance.
      const announcements = run.state === 'RoundTrain' ? [1, 2, 3].map((loss) => signAnnouncement(cheat.node.secretKey, { ...subject, round: run.round }, bodyWith(loss))) : [];
      for (const { bytes } of announcements) void p2p.publishAnnouncement(bytes);
      return findMember(run, key)?.state === 'Convicted';
    });
    assert.equal(convicted.epoch, epoch);
    const member = (await chain.fetchMember(key))!;
    assert.deepEqual([member.deposit, member.points], [0n, 0n]);

    await tiny.crew.finished(() => 2, signal);
    const end = await chain.fetchRun();
    assert.deepEqual([end.state, end.step], ['Finished', 4]);
    assert.deepEqual(tiny.metrics.convictions, [{ epoch, node: key }]);
    for (const client of tiny.metrics.clients) assert.notEqual(client.finished, undefined, tiny.log.join(''));
  } finally {
    await p2p.stop();
    await tiny.stop();
  }
});

async function peersOf(chain: CoordinatorClient, run: RunView): Promise<PeerMember[]> {
  const accounts = await chain.fetchMembers(run.members.map((m) => m.key));
  return run.members.map(({ key, index }) => {
    const network = accounts.find((a) => a.node === key)!.network;
    return { nodeKey: decodeKey(key), index, multiaddr: network.kind === 'multiaddr' ? network.bytes : undefined };
  });
}

/** Nobody can fetch its payload; the commitment counts all the same. */
function bodyWith(loss: number): Parameters<typeof signAnnouncement>[2] {
  const zeros = new Uint8Array(32);
  return { payloadHash: sha256('nothing'), payloadSize: 7, baseHash: zeros, stateRootBefore: zeros, stateRootAfter: zeros, previousCommitment: zeros, loss, tokens: 1 };
}

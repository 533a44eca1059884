import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ComputeBudgetProgram } from '@solana/web3.js';
import { treasuryAddress } from '../../../client/src/chain/addresses.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { attempt, type Outcome } from './attempt.js';
import { envelope, LAYOUT, proofAgainst, proofCall, proofData, type Said, said, signatureOf } from './equivocation.js';
import { type Stage, stageOf } from './stage.js';

/** What the ed25519 program itself says; the whole transaction fails with it. */
const PRECOMPILE = /^Custom [0-4]$/;
const FIELDS = ['signature', 'signature instruction', 'key', 'key instruction', 'message', 'message size', 'message instruction'];

describe('the proof of an equivocation', () => {
  let stage: Stage;
  let good: Buffer;
  let first: Buffer;
  let second: Buffer;
  let convict: Call;
  before(async () => {
    stage = await stageOf('RoundTrain');
    const { scene, nodes: [, node] } = stage.run;
    [first, second] = ['one', 'two'].map((body) => envelope(said(scene, node, { body })));
    good = proofData(node.key, first, second);
    const { network, run, anyone } = scene;
    convict = await network.coordinator.convict(anyone.publicKey, run, node.key.publicKey, treasuryAddress(network.ids, run));
  });
  const node = () => stage.run.nodes[1];
  const tried = (...calls: Call[]): Promise<Outcome> => attempt(stage.network, calls);
  const withProof = (data: Buffer): Promise<Outcome> => tried(proofCall(data), convict);
  const changed = (change: (data: Buffer) => void): Buffer => {
    const data = Buffer.from(good);
    change(data);
    return data;
  };

  it('is accepted as docs/protocol.md lays it out', async () => {
    assert.equal(good.length, LAYOUT.length);
    assert.equal(await withProof(good), 'ok');
  });

  for (const struct of [0, 1]) {
    for (const [i, field] of FIELDS.entries()) {
      it(`has no other ${field} in its ${struct === 0 ? 'first' : 'second'} part`, async () => {
        const at = 2 + 14 * struct + 2 * i;
        // 1 and 0 are this instruction's and the one before's indices: what is read there would be the same, or not.
        for (const value of [0, 1, 2, 3, good.readUInt16LE(at) ^ 1, good.readUInt16LE(at) ^ 0x8000, 65_534, 65_535]) {
          if (value === good.readUInt16LE(at)) continue;
          const outcome = await withProof(changed((data) => data.writeUInt16LE(value, at)));
          assert.ok(outcome === 'InvalidProof' || PRECOMPILE.test(outcome), `${value}: ${outcome}`);
        }
      });
    }
  }

  it('says 0xFFFF and not the number of its own instruction, which is the same to the ed25519 program', async () => {
    // The instruction at 0 sets the compute limit, the proof is at 1.
    for (const at of [4, 8, 14, 18, 22, 28]) {
      const data = changed((d) => d.writeUInt16LE(1, at));
      assert.equal(await tried(proofCall(data)), 'ok', 'the signatures hold');
      assert.equal(await withProof(data), 'InvalidProof');
    }
  });

  it('has its two parts in order', async () => {
    const swapped = changed((data) => {
      const [a, b] = [Buffer.from(data.subarray(2, 16)), Buffer.from(data.subarray(16, 30))];
      b.copy(data, 2);
      a.copy(data, 16);
    });
    assert.equal(await tried(proofCall(swapped)), 'ok', 'the signatures hold');
    assert.equal(await withProof(swapped), 'InvalidProof');
  });

  it('checks two signatures, not one or three', async () => {
    const one = changed((data) => data.writeUInt8(1, 0));
    assert.equal(await tried(proofCall(one)), 'ok', 'the first signature holds');
    assert.equal(await withProof(one), 'InvalidProof');
    assert.notEqual(await withProof(changed((data) => data.writeUInt8(3, 0))), 'ok');
    assert.notEqual(await withProof(changed((data) => data.writeUInt8(0, 0))), 'ok');
    // Three that hold: the header grows, and everything after it moves.
    const moved = Buffer.concat([good.subarray(0, 30), good.subarray(2, 16), good.subarray(30)]);
    moved.writeUInt8(3, 0);
    for (const at of [2, 6, 10, 16, 20, 24, 30, 34, 38]) moved.writeUInt16LE(moved.readUInt16LE(at) + 14, at);
    assert.equal(await tried(proofCall(moved)), 'ok', 'the signatures hold');
    assert.equal(await withProof(moved), 'InvalidProof');
  });

  it('has no padding, no more bytes and no fewer', async () => {
    const longer = [1, 200].map((bytes) => Buffer.concat([good, Buffer.alloc(bytes)]));
    for (const data of [changed((d) => d.writeUInt8(1, 1)), ...longer]) {
      assert.equal(await tried(proofCall(data)), 'ok', 'the signatures hold');
      assert.equal(await withProof(data), 'InvalidProof');
    }
    for (const length of [0, 1, 2, 30, 441]) assert.notEqual(await withProof(good.subarray(0, length)), 'ok', `${length} bytes`);
  });

  it('holds only with both signatures of that key', async () => {
    const { key, signatures, envelopes } = LAYOUT;
    for (const at of [key, signatures[0], signatures[1] + 63, envelopes[0] + 125, envelopes[1] + 90]) {
      assert.match(await withProof(changed((data) => data.writeUInt8(data[at] ^ 1, at))), PRECOMPILE, `byte ${at}`);
    }
    const others = signatureOf(stage.run.nodes[0].key, second);
    assert.notEqual(await withProof(changed((data) => others.copy(data, LAYOUT.signatures[1]))), 'ok');
  });

  it('stands right before the conviction, by the ed25519 program', async () => {
    const proof = proofCall(good);
    const other: Call = { name: 'price', instruction: ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1 }), computeUnits: 150 };
    assert.equal(await tried(convict), 'InvalidProof', 'not at all');
    assert.equal(await tried(convict, proof), 'InvalidProof', 'after it');
    assert.equal(await tried(proof, other, convict), 'InvalidProof', 'not right before');
    assert.equal(await tried(other, proof, convict), 'ok');
    assert.equal(await tried(proof, convict, convict), 'InvalidProof', 'once for each');
    // The same bytes under a program that would take them for something else.
    const elsewhere = { ...proof, instruction: { ...proof.instruction, programId: stage.network.ids.authorizer } as Call['instruction'] };
    assert.notEqual(await tried(elsewhere, convict), 'ok');
  });

  const differing: [what: string, change: Partial<Said>, error: string][] = [
    ['rounds', { round: 0 }, 'NotEquivocation'],
    ['indices', { index: 0 }, 'NotEquivocation'],
    ['epochs', { epoch: 0 }, 'NotEquivocation'],
    ['origins', { origin: new Uint8Array(32) }, 'NotEquivocation'],
    ['programs', { program: new Uint8Array(32) }, 'NotEquivocation'],
    ['tags', { tag: 'psyche-commitment-v0' }, 'WrongEnvelope'],
    ['purposes', { tag: 'psyche-some-list-v01' }, 'WrongEnvelope'],
  ];
  for (const [what, change, error] of differing) {
    it(`is none of commitments that differ in their ${what}`, async () => {
      const other = envelope(said(stage.run.scene, node(), { body: 'two', ...change }));
      assert.equal(other.length, 126);
      assert.equal(await withProof(proofData(node().key, first, other)), error);
      assert.equal(await withProof(proofData(node().key, other, first)), error);
    });
  }

  it('is none of one commitment, shown twice', async () => {
    assert.equal(await withProof(proofData(node().key, first, first)), 'NotEquivocation');
  });

  it('convicts for any round of the epoch, whenever it is or will be', async () => {
    for (const round of [0, 1, 2 ** 32 - 1]) assert.equal(await tried(proofAgainst(stage.run.scene, node(), { round }), convict), 'ok');
  });

  it('convicts only the key that signed', async () => {
    const { scene, nodes } = stage.run;
    // Signed by another member, in the name of the first.
    const forged = ['one', 'two'].map((body) => envelope(said(scene, node(), { body })));
    assert.equal(await withProof(proofData(nodes[0].key, forged[0], forged[1])), 'NotMember');
    assert.equal(await withProof(proofData(scene.anyone, forged[0], forged[1])), 'NotMember');
  });
});

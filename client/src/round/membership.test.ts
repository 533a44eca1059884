import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keypair } from '@solana/web3.js';
import type { Context } from './context.js';
import { Duties } from './duties.js';
import type { Follower } from './following.js';
import { type JoinTerms, keepMembership } from './membership.js';

const node = Keypair.generate().publicKey;
const place = (port: number) => ({ kind: 'multiaddr' as const, bytes: Uint8Array.of(4, 127, 0, 0, 1, 6, port >> 8, port & 255) });

/** A member in the middle of an epoch, whose account says `onChain`; looks once. @returns the addresses it joined with */
async function look(terms: Partial<JoinTerms>, here: object, onChain: object | undefined, state = 'RoundTrain') {
  const joined: object[] = [];
  const errors: unknown[] = [];
  const address = node.toBase58();
  const context = {
    identity: { address },
    view: { state, epoch: 2, stateStartSlot: 5n, pending: [], members: [{ index: 0, key: address, state: 'Healthy' }] },
    p2p: { wayHere: () => here },
    chain: { chain: {}, fetchMember: async () => onChain && { network: onChain }, joinRun: async (args: { address: object }) => void joined.push(args.address) },
  } as unknown as Context;
  const duties = new Duties(new AbortController().signal, (_, error) => errors.push(error));
  const all: JoinTerms = { payout: node, capacity: 1, listed: false, leftList: 0, onList: false, ...terms };
  keepMembership(context, all, { caughtUp: () => true } as Follower, duties);
  await duties.idle();
  assert.deepEqual(errors, []);
  return { joined, listed: all.listed };
}

test('a member that was restarted tells where it is now, if that is somewhere else', async () => {
  assert.deepEqual(await look({}, place(4001), place(4000)), { joined: [place(4001)], listed: true });
  assert.deepEqual(await look({}, place(4001), { kind: 'none' }), { joined: [place(4001)], listed: true });
  assert.deepEqual(await look({}, place(4001), place(4001)), { joined: [], listed: true });
  assert.deepEqual(await look({}, { kind: 'none' }, place(4000)), { joined: [], listed: true }, 'nothing to tell');
});

test('one that the chain knows waits until it has finished the epoch', async () => {
  assert.deepEqual((await look({ listed: true }, place(4001), place(4000))).joined, []);
  assert.deepEqual((await look({ listed: true }, place(4001), place(4000), 'Cooldown')).joined, [], 'it has not voted yet');
});

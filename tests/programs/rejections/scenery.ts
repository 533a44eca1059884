import { createHash } from 'node:crypto';
import { Keypair, PublicKey } from '@solana/web3.js';
import {
  claimRecordAddress, instanceAddress, manifestAddress, memberAddress, TOKEN_2022_PROGRAM, tokenAddress, treasuryAddress,
} from '../../../client/src/chain/addresses.js';
import { MEMBERS, type Played, type Stage } from './stage.js';

/** A key that nobody in any scene has, the same for the same name. */
export const strangerKey = (name: string): Keypair => {
  const key = Keypair.fromSeed(createHash('sha256').update(name).digest());
  strangers.set(key.publicKey.toBase58(), key);
  return key;
};
const strangers = new Map<string, Keypair>();

/** Everyone in the stage who has a key to sign with, by address. */
export function keysOf({ network, run, twin }: Stage): Map<string, Keypair> {
  const keys = [run, twin].flatMap(({ scene, nodes }) => [scene.authority, scene.anyone, ...nodes.flatMap((n) => [n.key, n.payout])]);
  return new Map([...strangers, ...[...keys, network.key('fee payer')].map((k) => [k.publicKey.toBase58(), k] as const)]);
}

/** The accounts that a run has on chain. */
export function accountsOf({ paid, scene, nodes }: Played): PublicKey[] {
  const { ids } = scene.network;
  const treasury = treasuryAddress(ids, scene.run);
  const members = nodes.slice(0, MEMBERS).map((n) => memberAddress(ids, scene.run, n.key.publicKey));
  return [
    scene.run, manifestAddress(ids, scene.run), instanceAddress(ids, scene.runId), ...members,
    treasury, ...members.map((m) => claimRecordAddress(ids, treasury, m)), paid.mint.address, paid.vault,
  ];
}

/** Others of the same kind in the same run as the one that instructions are tried with, by account name. */
export function siblingsOf({ run: { paid, scene, nodes } }: Stage): Record<string, PublicKey[]> {
  const { ids } = scene.network;
  const treasury = treasuryAddress(ids, scene.run);
  const members = nodes.slice(1, MEMBERS).map((n) => memberAddress(ids, scene.run, n.key.publicKey));
  const payoutToken = tokenAddress(paid.mint.address, nodes[1].payout.publicKey, paid.mint.program);
  return {
    node: nodes.slice(1, MEMBERS).map((n) => n.key.publicKey),
    member: members,
    payout: [nodes[1].payout.publicKey, nodes[0].key.publicKey],
    claim_record: members.map((m) => claimRecordAddress(ids, treasury, m)),
    payout_token: [payoutToken],
    to: [payoutToken],
    token_program: [TOKEN_2022_PROGRAM],
  };
}

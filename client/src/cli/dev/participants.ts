import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { type Keypair, LAMPORTS_PER_SOL, type PublicKey, SystemProgram } from '@solana/web3.js';
import type { Chain } from '../../chain/chain.js';
import { writeNewKeypair } from '../../chain/keypair.js';
import { rpc } from '../../chain/rpc.js';
import { PsycheError } from '../../errors.js';

/** One client's keys, and where its process finds them. */
export interface Participant {
  /** `client 1` */
  label: string;
  node: Keypair;
  nodeFile: string;
  payout: Keypair;
  /** Where its process keeps its state. */
  state: string;
}

/** SOL that is enough for everything in a demo: rent of the run's account, deposits, fees. */
const AUTHORITY_SOL = 20;
const NODE_SOL = 1;
const PAYOUT_SOL = 0.1;
const AIRDROP_TIMEOUT_MS = 60_000;

/** Makes a run's authority and `count` clients' keys in `folder`, readable by their owner alone. */
export async function createParticipants(folder: string, count: number): Promise<{ authority: Keypair; clients: Participant[] }> {
  const key = (name: string): Promise<Keypair> => writeNewKeypair(join(folder, 'keys', `${name}.json`));
  const authority = await key('authority');
  const clients: Participant[] = [];
  for (let i = 1; i <= count; i++) {
    clients.push({
      label: `client ${i}`,
      node: await key(`node-${i}`),
      nodeFile: join(folder, 'keys', `node-${i}.json`),
      payout: await key(`payout-${i}`),
      state: join(folder, 'clients', String(i)),
    });
  }
  return { authority, clients };
}

/** Lamports that each client's two keys were given. */
export const CLIENT_LAMPORTS = BigInt((NODE_SOL + PAYOUT_SOL) * LAMPORTS_PER_SOL);

/**
 * Gives everyone SOL: one airdrop for the authority, who passes it on.
 * @throws PsycheError `NO_AIRDROP` where the cluster gives none; ChainError
 */
export async function fund(chain: Chain, authority: Keypair, clients: readonly Participant[], signal: AbortSignal): Promise<void> {
  const total = AUTHORITY_SOL + clients.length * (NODE_SOL + PAYOUT_SOL);
  const lamports = Math.round(total * LAMPORTS_PER_SOL);
  let signature: string;
  try {
    signature = await rpc(chain.rpcUrl, () => chain.connection.requestAirdrop(authority.publicKey, lamports));
  } catch (cause) {
    throw new PsycheError('NO_AIRDROP', `${new URL(chain.rpcUrl).origin} gave no airdrop of ${total} SOL: name a local validator with a faucet, or leave --url out.`, { cause });
  }
  await arrived(chain, authority.publicKey, BigInt(lamports), signature, signal);
  const transfers = clients.flatMap((client) => [
    transfer(authority, client.node.publicKey, NODE_SOL),
    transfer(authority, client.payout.publicKey, PAYOUT_SOL),
  ]);
  // Legacy transactions hold about 20 such transfers.
  for (let i = 0; i < transfers.length; i += 16) await chain.send(transfers.slice(i, i + 16), { signers: [authority], signal });
}

function transfer(from: Keypair, to: PublicKey, sol: number): { name: string; instruction: ReturnType<typeof SystemProgram.transfer>; computeUnits: number } {
  const instruction = SystemProgram.transfer({ fromPubkey: from.publicKey, toPubkey: to, lamports: Math.round(sol * LAMPORTS_PER_SOL) });
  return { name: 'transfer', instruction, computeUnits: 300 };
}

async function arrived(chain: Chain, key: PublicKey, lamports: bigint, signature: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + AIRDROP_TIMEOUT_MS;
  while ((await chain.balance(key)) < lamports) {
    if (performance.now() > deadline) throw new PsycheError('NO_AIRDROP', `The airdrop ${signature} did not arrive within a minute: is the validator producing blocks?`);
    await delay(200, undefined, { signal });
  }
}

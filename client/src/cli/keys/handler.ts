import { writeNewKeypair } from '../../chain/keypair.js';
import { print } from '../common/output.js';
import type { NewNodeOptions } from './options.js';

/** @throws PsycheError `KEYPAIR_EXISTS` */
export async function newNode({ outfile, force, output }: NewNodeOptions): Promise<void> {
  const keypair = await writeNewKeypair(outfile, force);
  const pubkey = keypair.publicKey.toBase58();
  const text = `${pubkey}
written to ${outfile}; send it some SOL for fees, and join with
  psyche-client join --run <id> -k ${outfile} --payout <address of a key that is not on this machine>`;
  print(output, text, { pubkey, path: outfile });
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PublicKey } from '@solana/web3.js';
import { PROJECT_ROOT } from '../../client/src/version.js';
import { LOADER_UPGRADEABLE } from '../src/ledger/addresses.js';

const { address } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'idl', 'treasurer.json'), 'utf8')) as { address: string };
const [data] = PublicKey.findProgramAddressSync([new PublicKey(address).toBytes()], new PublicKey(LOADER_UPGRADEABLE));

/** The program that both validators have from the start. */
export const PRELOADED = {
  id: address, path: join(PROJECT_ROOT, 'programs', 'deploy', 'treasurer.so'),
  /** Where its code is. */
  data: data.toBase58(),
} as const;

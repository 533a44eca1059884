import { BorshAccountsCoder, type Idl } from '@coral-xyz/anchor';
import { PublicKey } from '@solana/web3.js';
import { instanceAddress, manifestAddress, RUN_ID_MAX } from './addresses.js';
import type { Chain } from './chain.js';
import { decodeRun } from './decode-run.js';
import { ChainError } from './errors.js';
import { coordinatorIdl } from './idl.js';
import { layoutOf } from './layout.js';

/**
 * The address of the run with this id, or with this address.
 *
 * @throws ChainError `RUN_NOT_FOUND`, `RPC_*`
 */
export async function resolveRun(chain: Chain, idOrAddress: string): Promise<PublicKey> {
  if (Buffer.byteLength(idOrAddress) <= RUN_ID_MAX) {
    const instance = await chain.account(instanceAddress(chain.programs, idOrAddress));
    if (instance?.owner.equals(chain.programs.coordinator)) return instanceRun(instance.data);
  }
  const address = asAddress(idOrAddress);
  const account = address && (await chain.account(address));
  if (account?.owner.equals(chain.programs.coordinator)) {
    decodeRun(idOrAddress, account.data);
    return address as PublicKey;
  }
  throw new ChainError(
    'RUN_NOT_FOUND',
    `There is no run "${idOrAddress}" on ${new URL(chain.rpcUrl).origin} under the coordinator ${chain.programs.coordinator.toBase58()}: check the id and -u.`,
  );
}

/**
 * The run's manifest: JSON that anybody may have written.
 *
 * @returns its bytes as sealed.
 * @throws ChainError `ACCOUNT_MISSING`, `ACCOUNT_INVALID`, `RPC_*`
 */
export async function fetchManifest(chain: Chain, run: PublicKey): Promise<Buffer> {
  const account = await chain.account(manifestAddress(chain.programs, run));
  if (!account?.owner.equals(chain.programs.coordinator)) {
    throw new ChainError('ACCOUNT_MISSING', `The run ${run.toBase58()} has no manifest: it was closed, or is on another cluster.`);
  }
  const layout = layoutOf(coordinatorIdl as unknown as Idl, 'Manifest');
  if (account.data.length < 8 + layout.size) throw new ChainError('ACCOUNT_INVALID', 'The manifest account is shorter than a manifest.');
  const view = new DataView(account.data.buffer, account.data.byteOffset + 8, layout.size);
  const { sealed, length, data } = layout.read(view, 0) as { sealed: number; length: number; data: Uint8Array };
  if (sealed === 0 || length > data.length) {
    throw new ChainError('ACCOUNT_INVALID', 'The manifest is not sealed yet: the run\'s authority has to finish create-run.');
  }
  return Buffer.from(data.subarray(0, length));
}

function instanceRun(data: Buffer): PublicKey {
  const name = coordinatorIdl.accounts.find((a) => a.name.toLowerCase() === 'runinstance')?.name as string;
  try {
    return (new BorshAccountsCoder(coordinatorIdl as unknown as Idl).decode(name, data) as { run: PublicKey }).run;
  } catch (cause) {
    throw new ChainError('ACCOUNT_INVALID', 'The run\'s entry is not one of this client\'s coordinator program: upgrade psyche-client.', { cause });
  }
}

function asAddress(text: string): PublicKey | undefined {
  try {
    return new PublicKey(text);
  } catch {
    return undefined;
  }
}

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { COMPUTE_BUDGET_PROGRAM } from '../src/ledger/addresses.js';
import { startValidator, type Validator } from '../src/index.js';
import { closeWebSocket } from '../src/testing/web-socket.js';
import { SENT } from './history.js';
import { KEYS, type Scene } from './keys.js';
import { PRELOADED } from './programs.js';
import { prepare } from './scene.js';
import { Target } from './target.js';

const CONFIRMED = { commitment: 'confirmed' };
const FAIL = new Set(['tooMuch', 'noProgram', 'outOfUnits', 'failNonce', 'tokensFail', 'writeFails']);

type Instruction = { parsed?: { type: string }; programId: string };
interface Landed {
  readonly slot: number;
  readonly meta: { err: unknown; costUnits: number; innerInstructions: { instructions: Instruction[] }[] | null };
  readonly transaction: { message: { instructions: Instruction[]; recentBlockhash: string } };
}

/** What holds of the embedded validator alone, where there is no other to compare it with. */
describe('the state that both validators are compared in', () => {
  let validator: Validator;
  let target: Target;
  let scene: Scene;

  before(async () => {
    validator = await startValidator({ port: 0, slotMs: 40, programs: [PRELOADED] });
    target = new Target('embedded', validator.url, validator.wsUrl);
    scene = await prepare(target);
  });
  after(async () => {
    closeWebSocket(target.connection);
    await validator.stop();
  });

  const landed = (name: string): Promise<Landed> =>
    target.get('getTransaction', scene[name], { ...CONFIRMED, encoding: 'jsonParsed', maxSupportedTransactionVersion: 0 });
  const parsed = async (name: string): Promise<Record<string, unknown>> => {
    const { value } = await target.get<{ value: { data: { parsed: { info: Record<string, unknown> } } } }>(
      'getAccountInfo', scene[name], { ...CONFIRMED, encoding: 'jsonParsed' },
    );
    return value.data.parsed.info;
  };

  it('is reached: what should work worked, what should fail landed with its error', async () => {
    for (const name of SENT) assert.equal((await landed(name)).meta.err !== null, FAIL.has(name), name);
  });

  it('has every instruction in words, but for those of the compute budget and of no program', async () => {
    for (const name of SENT) {
      const { meta, transaction } = await landed(name);
      const all = [...transaction.message.instructions, ...(meta.innerInstructions ?? []).flatMap((inner) => inner.instructions)];
      const raw = all.filter((i) => !i.parsed && i.programId !== COMPUTE_BUDGET_PROGRAM && i.programId !== KEYS.nobody.publicKey.toBase58());
      assert.deepEqual(raw, [], name);
    }
  });

  it('shows the extensions of Token-2022, buffers and lookup tables', async () => {
    const names = (info: Record<string, unknown>): string[] => (info.extensions as { extension: string }[]).map(({ extension }) => extension);
    assert.deepEqual(names(await parsed('extended')).sort(), [
      'defaultAccountState', 'groupMemberPointer', 'groupPointer', 'interestBearingConfig', 'metadataPointer', 'mintCloseAuthority',
      'permanentDelegate', 'tokenMetadata', 'transferFeeConfig', 'transferHook',
    ]);
    assert.deepEqual(names(await parsed('extendedTokens')).sort(), ['cpiGuard', 'immutableOwner', 'memoTransfer', 'transferFeeAmount', 'transferHookAccount']);
    assert.equal((await parsed('buffer')).authority, KEYS.heir.publicKey.toBase58());
    assert.equal(((await parsed('lookupTable')).addresses as string[]).length, 3);
  });

  it('has used up the nonce of the transaction that failed', async () => {
    const nonces = await Promise.all(['useNonce', 'failNonce'].map(async (name) => (await landed(name)).transaction.message.recentBlockhash));
    const now = (await target.connection.getNonce(KEYS.nonce.publicKey, 'confirmed'))!.nonce;
    assert.equal(new Set([...nonces, now]).size, 3);
  });

  it('counts what a transaction costs: 720 a signature, 300 a lock, units, a quarter of the data, 8 a page', async () => {
    assert.equal((await landed('transfer')).meta.costUnits, 720 + 2 * 300 + 150 + 12 / 4 + 8);
  });

  it('gives blocks, whole and in parts', async () => {
    const slot = Number(scene.transferSlot);
    const { signatures } = await target.get<{ signatures: string[] }>('getBlock', slot, { ...CONFIRMED, transactionDetails: 'signatures' });
    assert.ok(signatures.includes(scene.transfer));
    const block = await target.get<{ parentSlot: number; previousBlockhash: string }>('getBlock', slot, { ...CONFIRMED, maxSupportedTransactionVersion: 0 });
    const parent = await target.get<{ blockhash: string }>('getBlock', block.parentSlot, { ...CONFIRMED, transactionDetails: 'none' });
    assert.equal(block.previousBlockhash, parent.blockhash);
    assert.equal((await target.call('getBlock', [10 ** 9, CONFIRMED])).error?.code, -32004);
  });
});

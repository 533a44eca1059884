import { Connection, type Signer, Transaction, type TransactionInstruction, type VersionedTransaction } from '@solana/web3.js';
import bs58 from 'bs58';
import { setTimeout as sleep } from 'node:timers/promises';
import { signedBytes } from '../src/ledger/signing.js';

/** What a validator answered. */
export interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

const POLL_MS = 40;
const RESEND_MS = 2_000;
const SENT_AS = { encoding: 'base64', skipPreflight: true } as const;
const CONFIRM_TIMEOUT_MS = 90_000;

/** A validator that is compared, and the names of those of its values that only it has. */
export class Target {
  readonly connection: Connection;
  /** Signatures, hashes and addresses that differ from run to run, with the name both validators know them by. */
  readonly names = new Map<string, string>();

  constructor(readonly name: 'real' | 'embedded', readonly url: string, readonly wsUrl: string) {
    this.connection = new Connection(url, { commitment: 'confirmed', wsEndpoint: wsUrl });
  }

  async call(method: string, params: readonly unknown[] = []): Promise<Reply> {
    const { text } = await this.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
    const { result, error } = JSON.parse(text) as Reply;
    return error ? { error } : { result };
  }

  async post(body: string): Promise<{ status: number; text: string }> {
    const response = await fetch(this.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return { status: response.status, text: (await response.text()).trim() };
  }

  /** The result of a call that must not fail. */
  async get<T>(method: string, ...params: unknown[]): Promise<T> {
    const { error, result } = await this.call(method, params);
    if (error) throw new Error(`${this.name}: ${method} failed: ${JSON.stringify(error)}`);
    return result as T;
  }

  async blockhash(): Promise<string> {
    const { value } = await this.get<{ value: { blockhash: string } }>('getLatestBlockhash', { commitment: 'confirmed' });
    return value.blockhash;
  }

  /** Signs a legacy transaction; base64. */
  async sign(instructions: TransactionInstruction[], signers: readonly Signer[], recentBlockhash?: string): Promise<string> {
    const tx = new Transaction({ feePayer: signers[0].publicKey, recentBlockhash: recentBlockhash ?? await this.blockhash() });
    return Buffer.from(signedBytes(tx.add(...instructions), signers)).toString('base64');
  }

  /** Sends without preflight, waits until it is confirmed, and gives its signature, known from now on by `name`. */
  async send(name: string, transaction: string | VersionedTransaction): Promise<string> {
    const encoded = typeof transaction === 'string' ? transaction : Buffer.from(transaction.serialize()).toString('base64');
    const signature = this.nameSignatures(name, encoded);
    await this.get('sendTransaction', encoded, SENT_AS);
    await this.confirmed(name, signature, encoded);
    return signature;
  }

  /** Gives a transaction's signatures names, and returns the first of them. */
  nameSignatures(name: string, encoded: string): string {
    const bytes = Buffer.from(encoded, 'base64');
    const signatures = Array.from({ length: bytes[0] }, (_, i) => bs58.encode(bytes.subarray(1 + 64 * i, 65 + 64 * i)));
    signatures.forEach((signature, i) => this.names.set(signature, `<signature ${i} of ${name}>`));
    return signatures[0];
  }

  /** Waits for a transaction; one that is given as well is sent again now and then, since a busy validator drops some. */
  async confirmed(name: string, signature: string, encoded?: string): Promise<void> {
    const deadline = Date.now() + CONFIRM_TIMEOUT_MS;
    let again = Date.now() + RESEND_MS;
    for (;;) {
      const { value } = await this.get<{ value: ({ confirmationStatus: string } | null)[] }>('getSignatureStatuses', [signature]);
      if (value[0] && value[0].confirmationStatus !== 'processed') return;
      if (Date.now() > deadline) throw new Error(`${this.name}: ${name} was not confirmed within ${CONFIRM_TIMEOUT_MS / 1000} s`);
      if (encoded !== undefined && Date.now() > again) {
        await this.call('sendTransaction', [encoded, SENT_AS]);
        again = Date.now() + RESEND_MS;
      }
      await sleep(POLL_MS);
    }
  }
}

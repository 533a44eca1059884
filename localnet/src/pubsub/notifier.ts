import type { AccountChange, AccountState } from '../ledger/account.js';
import { type Bank } from '../ledger/bank.js';
import { type Commitment, FINALITY_SLOTS } from '../ledger/bank-types.js';
import type { TransactionRecord } from '../ledger/history.js';
import { type AccountFormat, encodeAccount } from '../rpc/encoding.js';
import { RpcError } from '../rpc/errors.js';
import { toJson } from '../rpc/json.js';
import type { Subscription, TopicKind } from './subscription.js';

/**
 * Tells subscribers what happens: at once where they asked for `processed`, when the slot is finished for `confirmed`,
 * 32 slots later for `finalized`.
 */
export class Notifier {
  readonly #subscriptions: Record<TopicKind, Map<number, Subscription>> = {
    account: new Map(), program: new Map(), logs: new Map(), signature: new Map(), slot: new Map(), root: new Map(),
  };
  /** The transactions of slots that are not final yet. */
  readonly #waiting = new Map<number, readonly TransactionRecord[]>();
  readonly #bank: Bank;
  readonly #detach: () => void;
  #nextId = 0;

  constructor(bank: Bank) {
    this.#bank = bank;
    const onTransaction = (record: TransactionRecord, changes: readonly AccountChange[]): void => {
      this.#accounts('processed', record.slot, changes.map((c) => [c.address, c.after]));
      this.#transactions('processed', record.slot, [record]);
    };
    const onSlot = ({ slot }: { slot: number }, records: readonly TransactionRecord[]): void => this.#onSlot(slot, records);
    bank.on('transaction', onTransaction).on('slot', onSlot);
    this.#detach = () => bank.off('transaction', onTransaction).off('slot', onSlot);
  }

  close(): void {
    this.#detach();
  }

  get size(): number {
    return Object.values(this.#subscriptions).reduce((sum, map) => sum + map.size, 0);
  }

  /** Adds a subscription and gives its id. What already happened to a signature is told after the caller had its turn. */
  add(subscription: Omit<Subscription, 'id'>): number {
    const id = this.#nextId++;
    const added = { ...subscription, id };
    this.#subscriptions[added.topic.kind].set(id, added);
    if (added.topic.kind === 'signature') setImmediate(() => this.#catchUp(added));
    return id;
  }

  /** Whether there was such a subscription. */
  remove(kind: TopicKind, id: number): boolean {
    return this.#subscriptions[kind].delete(id);
  }

  #onSlot(finished: number, records: readonly TransactionRecord[]): void {
    const root = Math.max(0, finished + 1 - FINALITY_SLOTS);
    this.#broadcast('slot', toJson({ parent: finished, root, slot: finished + 1 }));
    this.#settle('confirmed', finished, records);
    this.#waiting.set(finished, records);
    for (const [slot, old] of this.#waiting) {
      if (slot > root) break;
      this.#waiting.delete(slot);
      this.#settle('finalized', slot, old);
      this.#broadcast('root', String(slot));
    }
  }

  #settle(commitment: Commitment, slot: number, records: readonly TransactionRecord[]): void {
    if (this.#wants('account', commitment) || this.#wants('program', commitment)) {
      const changed = [...this.#bank.accounts.changedIn(slot)];
      this.#accounts(commitment, slot, changed.map((a) => [a, this.#bank.accounts.at(a, slot, this.#bank.slot)]));
    }
    this.#transactions(commitment, slot, records);
  }

  #wants(kind: TopicKind, commitment: Commitment): boolean {
    for (const s of this.#subscriptions[kind].values()) if (s.commitment === commitment) return true;
    return false;
  }

  #accounts(commitment: Commitment, slot: number, changed: readonly (readonly [string, AccountState | null])[]): void {
    const written = new Map<string, string>();
    const write = (address: string, account: AccountState, format: AccountFormat): string => {
      const { encoding, slice } = format;
      const key = `${address} ${encoding} ${slice?.offset} ${slice?.length}`;
      let json = written.get(key);
      if (json === undefined) written.set(key, (json = encoded(address, account, format, (a) => this.#bank.getAccount(a))));
      return json;
    };
    for (const [address, state] of changed) {
      const account = state ?? GONE;
      for (const subscription of this.#subscriptions.account.values()) {
        const { topic } = subscription;
        if (topic.kind !== 'account' || topic.address !== address || subscription.commitment !== commitment) continue;
        this.#send(subscription, slot, write(address, account, topic.format));
      }
      for (const subscription of this.#subscriptions.program.values()) {
        const { topic } = subscription;
        if (topic.kind !== 'program' || topic.program !== account.owner || subscription.commitment !== commitment) continue;
        if (!state || !topic.matches(state)) continue;
        this.#send(subscription, slot, `{"pubkey":"${address}","account":${write(address, account, topic.format)}}`);
      }
    }
  }

  #transactions(commitment: Commitment, slot: number, records: readonly TransactionRecord[]): void {
    for (const record of records) {
      for (const subscription of this.#subscriptions.logs.values()) {
        const { topic } = subscription;
        if (topic.kind !== 'logs' || subscription.commitment !== commitment) continue;
        if (topic.mentions !== null && !record.accountKeys.includes(topic.mentions)) continue;
        this.#send(subscription, slot, toJson({ err: record.err, logs: record.logs, signature: record.signature }));
      }
      for (const subscription of this.#subscriptions.signature.values()) {
        const { topic } = subscription;
        if (topic.kind !== 'signature' || topic.signature !== record.signature) continue;
        if (topic.received && commitment === 'processed') this.#send(subscription, slot, '"receivedSignature"');
        if (subscription.commitment === commitment) this.#signature(subscription, record);
      }
    }
  }

  /** A signature is told of once. */
  #signature(subscription: Subscription, record: TransactionRecord): void {
    this.remove('signature', subscription.id);
    subscription.ended();
    this.#send(subscription, record.slot, toJson({ err: record.err }));
  }

  #catchUp(subscription: Subscription): void {
    const { topic, commitment } = subscription;
    if (topic.kind !== 'signature' || !this.#subscriptions.signature.has(subscription.id)) return;
    const record = this.#bank.history.get(topic.signature);
    if (record && record.slot <= this.#bank.slotAt(commitment)) this.#signature(subscription, record);
  }

  #broadcast(kind: 'slot' | 'root', result: string): void {
    for (const { id, send } of this.#subscriptions[kind].values()) send(notification(kind, id, result));
  }

  #send({ id, topic, send }: Subscription, slot: number, value: string): void {
    send(notification(topic.kind, id, `{"context":{"slot":${slot}},"value":${value}}`));
  }
}

/** How a removed account is told of. */
const GONE: AccountState = { lamports: 0n, owner: '1'.repeat(32), data: Buffer.alloc(0), executable: false };

function notification(kind: TopicKind, id: number, result: string): string {
  return `{"jsonrpc":"2.0","method":"${kind}Notification","params":{"result":${result},"subscription":${id}}}`;
}

/** The account as JSON; one too long for base58 as base64, since there is nobody to answer with an error. */
function encoded(address: string, account: AccountState, format: AccountFormat, lookup: (a: string) => AccountState | null): string {
  try {
    return toJson(encodeAccount(address, account, format, lookup));
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    return toJson(encodeAccount(address, account, { ...format, encoding: 'base64' }, lookup));
  }
}

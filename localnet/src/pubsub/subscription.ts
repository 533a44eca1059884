import type { Commitment } from '../ledger/bank-types.js';
import type { AccountState } from '../ledger/account.js';
import type { AccountFormat } from '../rpc/encoding.js';

/** What a subscription waits for. */
export type Topic =
  | { readonly kind: 'account'; readonly address: string; readonly format: AccountFormat }
  | { readonly kind: 'program'; readonly program: string; readonly format: AccountFormat; readonly matches: (account: AccountState) => boolean }
  | { readonly kind: 'logs'; readonly mentions: string | null }
  | { readonly kind: 'signature'; readonly signature: string; readonly received: boolean }
  | { readonly kind: 'slot' }
  | { readonly kind: 'root' };

export type TopicKind = Topic['kind'];

export interface Subscription {
  readonly id: number;
  readonly topic: Topic;
  readonly commitment: Commitment;
  /** Hands over the JSON of a notification; never throws, never waits. */
  readonly send: (json: string) => void;
  /** Called when the subscription ended by itself, as one to a signature does. */
  readonly ended: () => void;
}

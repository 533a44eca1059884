import { invalidParams } from '../rpc/errors.js';
import { accountFormat } from '../rpc/encoding.js';
import { accountFilter } from '../rpc/filters.js';
import { asAddress, type Config, type Params } from '../rpc/params.js';
import type { Commitment } from '../ledger/bank-types.js';
import type { Topic } from './subscription.js';

type Parsed = { topic: Topic; commitment: Commitment };

/** The subscribe methods: what each makes of its parameters. */
export const subscribeMethods: Readonly<Record<string, (params: Params) => Parsed>> = {
  accountSubscribe: (params) => {
    const config = params.config(1);
    return { topic: { kind: 'account', address: params.address(0), format: accountFormat(config) }, commitment: config.commitment() };
  },
  programSubscribe: (params) => {
    const config = params.config(1);
    const matches = accountFilter(config.value.filters);
    return { topic: { kind: 'program', program: params.address(0), format: accountFormat(config), matches }, commitment: config.commitment() };
  },
  logsSubscribe: (params) => ({ topic: { kind: 'logs', mentions: mentionsOf(params.raw(0)) }, commitment: params.config(1).commitment() }),
  signatureSubscribe: (params) => {
    const config: Config = params.config(1);
    const received = config.flag('enableReceivedNotification');
    return { topic: { kind: 'signature', signature: params.signature(0), received }, commitment: config.commitment() };
  },
  slotSubscribe: (params) => {
    params.none();
    return { topic: { kind: 'slot' }, commitment: 'processed' };
  },
  rootSubscribe: (params) => {
    params.none();
    return { topic: { kind: 'root' }, commitment: 'finalized' };
  },
};

/** An address whose mention is waited for, or `null` for all transactions. */
function mentionsOf(filter: unknown): string | null {
  if (filter === 'all' || filter === 'allWithVotes') return null;
  const mentions = (filter as { mentions?: unknown } | null | undefined)?.mentions;
  if (!Array.isArray(mentions) || mentions.length !== 1) {
    throw invalidParams('Invalid Request: Only 1 address supported: send "all" or {"mentions": [address]}');
  }
  return asAddress(mentions[0]);
}

import { createMintToInstruction } from '@solana/spl-token';
import { PublicKey } from '@solana/web3.js';
import { TOKEN_PROGRAM } from '../src/ledger/addresses.js';
import type { Comparison, Prepared } from './comparison.js';
import { Feed, type Message } from './feed.js';
import { KEYS, keyOf } from './keys.js';
import { transfer } from './scene.js';

const FRESH = keyOf(210).publicKey;
const CONFIRMED = { commitment: 'confirmed' };
const PROCESSED = { commitment: 'processed' };

/** Requests that subscribe to nothing, or do not say well what to. */
const REFUSED: readonly (readonly [method: string, ...params: unknown[]])[] = [
  ['accountSubscribe'], ['accountSubscribe', 'x'], ['accountSubscribe', 5], ['accountSubscribe', FRESH.toBase58(), 'confirmed'],
  ['accountSubscribe', FRESH.toBase58(), { encoding: 'hex' }], ['programSubscribe', null], ['programSubscribe', 'x'],
  ['programSubscribe', TOKEN_PROGRAM, { filters: Array(5).fill({ dataSize: 1 }) }],
  ['programSubscribe', TOKEN_PROGRAM, { filters: [{ memcmp: { offset: 0, bytes: '0' } }] }],
  ['logsSubscribe'], ['logsSubscribe', 'some'], ['logsSubscribe', { mentions: [] }], ['logsSubscribe', { mentions: ['x'] }],
  ['logsSubscribe', { mentions: [FRESH.toBase58(), FRESH.toBase58()] }], ['signatureSubscribe'], ['signatureSubscribe', 'abc'],
  ['signatureSubscribe', FRESH.toBase58()], ['accountUnsubscribe', 99_999], ['accountUnsubscribe'], ['slotUnsubscribe', 'a'],
  ['signatureUnsubscribe', -1], ['blockSubscribe', 'all'], ['blockUnsubscribe', 1], ['voteSubscribe'], ['voteUnsubscribe', 1],
  ['getSlot'], ['nothing'], ['slotSubscribe', 1], ['rootSubscribe', {}],
];

const TEXTS = ['{', '5', 'null', '{}', '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"1.0","id":1,"method":"slotSubscribe"}'];

interface Watch {
  readonly name: string;
  readonly method: string;
  readonly params: (signature: string, mint: string) => readonly unknown[];
  /** How many notifications are compared. */
  readonly count: number;
}

const watch = (name: string, method: string, params: Watch['params'], count = 1): Watch => ({ name, method, params, count });
const account = (name: string, config?: object): Watch => watch(`an account, ${name}`, 'account', () => [FRESH.toBase58(), ...(config ? [config] : [])]);
const logs = (name: string, filter: unknown, config: object): Watch => watch(`logs, ${name}`, 'logs', () => [filter, config]);

/** What is subscribed to before the two transactions: one that works, one that fails. */
const WATCHES: readonly Watch[] = [
  account('processed, base64', { ...PROCESSED, encoding: 'base64' }), account('confirmed, base58', { ...CONFIRMED, encoding: 'base58' }),
  account('confirmed, jsonParsed', { ...CONFIRMED, encoding: 'jsonParsed' }), account('confirmed, binary', CONFIRMED),
  account('confirmed, sliced', { ...CONFIRMED, encoding: 'base64', dataSlice: { offset: 0, length: 0 } }),
  watch('a program, by size and bytes', 'program', (_, mint) => [
    TOKEN_PROGRAM, { ...CONFIRMED, encoding: 'base64', filters: [{ dataSize: 165 }, { memcmp: { offset: 0, bytes: mint } }] },
  ]),
  watch('a program, parsed', 'program', (_, mint) => [
    TOKEN_PROGRAM, { ...PROCESSED, encoding: 'jsonParsed', filters: [{ memcmp: { offset: 0, bytes: mint } }] },
  ]),
  logs('of an address, of Token too, processed', { mentions: [FRESH.toBase58()] }, PROCESSED),
  watch('logs, of an address, of Token too, both transactions', 'logs', () => [{ mentions: [FRESH.toBase58()] }, CONFIRMED], 2),
  watch('a signature, confirmed', 'signature', (signature) => [signature, CONFIRMED]),
  watch('a signature, processed', 'signature', (signature) => [signature, PROCESSED]),
  watch('a signature and that it was received', 'signature', (signature) => [signature, { ...CONFIRMED, enableReceivedNotification: true }]),
  watch('slots', 'slot', () => []), watch('roots', 'root', () => []),
];

/** Subscriptions: what they answer, what they tell, how they end. */
export async function comparePubSub(comparison: Comparison): Promise<void> {
  const sides = [comparison.real, comparison.embedded];
  const feeds = await Promise.all(sides.map(({ target }) => Feed.open(target.wsUrl)));
  const both = async <T>(ask: (feed: Feed, side: Prepared) => Promise<T>): Promise<[T, T]> =>
    Promise.all(feeds.map((feed, i) => ask(feed, sides[i]))) as Promise<[T, T]>;
  const check = (name: string, [real, embedded]: readonly [unknown, unknown], manner: 'values' | 'shapes' = 'values'): void =>
    comparison.check(`pubsub: ${name}`, real, embedded, manner);
  try {
    for (const [method, ...params] of REFUSED) {
      check(`${method} ${JSON.stringify(params).slice(0, 60)}`, await both((feed) => feed.call(method, params)), 'shapes');
    }
    for (const text of TEXTS) check(text, await both((feed) => feed.text(text)), 'shapes');
    const seen = await both((feed, side) => observe(feed, side));
    for (const [i, { name }] of WATCHES.entries()) check(name, [seen[0].told[i], seen[1].told[i]], name === 'roots' ? 'shapes' : 'values');
    for (const [i, { name }] of WATCHES.entries()) check(`${name}, unsubscribed`, [seen[0].ended[i], seen[1].ended[i]], 'shapes');
    check('a signature that failed', [seen[0].failed, seen[1].failed]);
    check('a signature that landed long ago', await both((feed, { scene }) => late(feed, scene.transfer)));
  } finally {
    for (const feed of feeds) feed.close();
  }
}

interface Seen {
  readonly told: readonly (readonly Message[])[];
  readonly ended: readonly Message[];
  readonly failed: readonly Message[];
}

/** Subscribes to everything, sends two transactions, waits for what is told of them, unsubscribes. */
async function observe(feed: Feed, { scene, target }: Prepared): Promise<Seen> {
  const { payer, tokenPayer } = KEYS;
  const mint = createMintToInstruction(new PublicKey(scene.mint), new PublicKey(scene.tokens), tokenPayer.publicKey, 1_000_000n);
  const works = await target.sign([transfer(tokenPayer, FRESH, 7_000_000), mint], [tokenPayer]);
  const fails = await target.sign([transfer(payer, FRESH, 10 ** 15)], [payer]);
  const signature = target.nameSignatures('subscribed', works);
  const failing = target.nameSignatures('subscribed, failing', fails);
  const ids: number[] = [];
  for (const { method, params } of WATCHES) ids.push((await feed.call(`${method}Subscribe`, params(signature, scene.mint))).result as number);
  const failure = (await feed.call('signatureSubscribe', [failing, CONFIRMED])).result as number;
  await target.send('subscribed', works);
  await target.send('subscribed, failing', fails);
  const told: (readonly Message[])[] = [];
  for (const [i, { count }] of WATCHES.entries()) told.push(await feed.notifications(ids[i], count));
  const failed = await feed.notifications(failure, 1);
  const ended: Message[] = [];
  for (const [i, { method }] of WATCHES.entries()) ended.push(await feed.call(`${method}Unsubscribe`, [ids[i]]));
  return { told, ended, failed };
}

async function late(feed: Feed, signature: string): Promise<readonly Message[]> {
  const { result } = await feed.call('signatureSubscribe', [signature, CONFIRMED]);
  return feed.notifications(result as number, 1);
}

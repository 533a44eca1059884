import { KEYS } from './keys.js';
import { Cases } from './case.js';

const KEY = KEYS.nobody.publicKey.toBase58();

/** Bodies of HTTP requests that are not ordinary. */
export const BODIES: Readonly<Record<string, string>> = {
  empty: '', 'an open brace': '{', null: 'null', 'an object': '{}', 'a number': '5', 'a text': '"x"',
  'version 1.0': '{"jsonrpc":"1.0","id":1,"method":"getHealth"}', 'no version': '{"id":1,"method":"getHealth"}',
  'no id': '{"jsonrpc":"2.0","method":"getHealth"}', 'id null': '{"jsonrpc":"2.0","id":null,"method":"getHealth"}',
  'id text': '{"jsonrpc":"2.0","id":"a","method":"getHealth"}', 'id object': '{"jsonrpc":"2.0","id":{},"method":"getHealth"}',
  'no method': '{"jsonrpc":"2.0","id":1}', 'method number': '{"jsonrpc":"2.0","id":1,"method":5}',
  'params by name': '{"jsonrpc":"2.0","id":1,"method":"getBalance","params":{"pubkey":"x"}}',
  'params null': '{"jsonrpc":"2.0","id":1,"method":"getHealth","params":null}',
  'params text': '{"jsonrpc":"2.0","id":1,"method":"getHealth","params":"x"}',
  'too many params': '{"jsonrpc":"2.0","id":1,"method":"getHealth","params":[1]}',
  'a field too many': '{"jsonrpc":"2.0","id":1,"method":"getHealth","more":1}',
  'a batch': '[{"jsonrpc":"2.0","id":1,"method":"getHealth"},{"jsonrpc":"2.0","id":2,"method":"getNothing"}]',
  'an empty batch': '[]', 'a batch of nonsense': '[1]', 'a batch of notifications': '[{"jsonrpc":"2.0","method":"getHealth"}]',
};

/** Parameters that are not of their kind. */
export function parameterCases(): Cases {
  const cases = new Cases('parameters');
  const account: readonly (readonly unknown[])[] = [
    [], [5], [null], ['short'], ['0OIl'], ['1'.repeat(33)], ['x'.repeat(1000)], [KEY, 'confirmed'], [KEY, []], [KEY, { commitment: 'soon' }],
    [KEY, { commitment: 5 }], [KEY, { encoding: 'hex' }], [KEY, { encoding: 5 }], [KEY, { dataSlice: {} }], [KEY, { dataSlice: { offset: -1, length: 1 } }],
    [KEY, { minContextSlot: 'x' }], [KEY, { minContextSlot: -1 }], [KEY, { commitment: 'confirmed', more: 1 }], [KEY, null], [KEY, {}, 'more'],
    [KEY, { commitment: 'recent' }], [KEY, { commitment: 'max' }], [KEY, { commitment: 'root' }], [KEY, { commitment: 'single' }], [KEY, { commitment: 'singleGossip' }],
  ];
  for (const params of account) cases.values(JSON.stringify(params).slice(0, 70), 'getAccountInfo', params);
  for (const params of [[], ['x'], [-1], [1.5], [null], [2 ** 53]]) {
    cases.values(JSON.stringify(params), 'getMinimumBalanceForRentExemption', params);
    cases.values(JSON.stringify(params), 'getBlockTime', params, (time) => typeof time);
  }
  for (const params of [[], [1], ['x', 1], [[KEY, 'x']], [[5]]]) cases.values(JSON.stringify(params), 'getMultipleAccounts', params);
  for (const params of [[], [KEY], [KEY, 'x'], [KEY, -1], ['x', 1]]) cases.values(JSON.stringify(params), 'requestAirdrop', params);
  for (const params of [[], [1], [1, 'x'], ['x', 1]]) cases.values(JSON.stringify(params), 'getSlotLeaders', params);
  for (const params of [['x'], [5], [[]], [{ commitment: 'soon' }]]) {
    for (const method of ['getSlot', 'getLatestBlockhash', 'getSupply', 'getVoteAccounts']) cases.shapes(JSON.stringify(params), method, params);
  }
  return cases;
}

import bs58 from 'bs58';
import type { AccountState } from '../../ledger/account.js';
import { TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../../ledger/addresses.js';
import { isMint } from '../../ledger/token-balances.js';
import { type Methods, type RpcContext, withContext } from '../context.js';
import { type AccountFormat, accountFormat, encodeAccount } from '../encoding.js';
import { invalidParams, RpcCode, RpcError } from '../errors.js';
import { accountFilter } from '../filters.js';
import { asAddress, type Config } from '../params.js';

/** Agave's limit on getMultipleAccounts. */
const MAX_ACCOUNTS = 100;
/** The largest account there can be. */
const MAX_ACCOUNT_BYTES = 10 * 1024 * 1024;

/** Reads accounts, as the request's commitment shows them. */
export const accountMethods: Methods = {
  getAccountInfo({ bank }, params) {
    const address = params.address(0);
    const config = params.config(1);
    const { commitment, format, show } = reader({ bank }, config);
    const account = bank.getAccount(address, commitment);
    return withContext(bank, commitment, account && show(address, account, format));
  },

  getMultipleAccounts({ bank }, params) {
    const addresses = params.addresses(0, MAX_ACCOUNTS);
    const { commitment, format, show } = reader({ bank }, params.config(1), 'base64');
    return withContext(bank, commitment, addresses.map((address) => {
      const account = bank.getAccount(address, commitment);
      return account && show(address, account, format);
    }));
  },

  getProgramAccounts({ bank }, params) {
    const program = params.address(0);
    const config = params.config(1);
    const { commitment, format, show } = reader({ bank }, config);
    const matches = accountFilter(config.value.filters);
    const found: { account: object; pubkey: string }[] = [];
    for (const [pubkey, account] of bank.getProgramAccounts(program, commitment)) {
      if (matches(account)) found.push({ account: show(pubkey, account, format), pubkey });
    }
    if (config.value.sortResults !== false) found.sort((a, b) => compareAddresses(a.pubkey, b.pubkey));
    return config.flag('withContext') ? withContext(bank, commitment, found) : found;
  },

  getBalance({ bank }, params) {
    const address = params.address(0);
    const config = params.config(1);
    const commitment = config.commitment();
    config.requireContextSlot(bank, commitment);
    return withContext(bank, commitment, bank.getAccount(address, commitment)?.lamports ?? 0);
  },

  getMinimumBalanceForRentExemption({ bank }, params) {
    const bytes = params.integer(0);
    if (bytes > MAX_ACCOUNT_BYTES) throw new RpcError(RpcCode.invalidRequest, 'Invalid request');
    return bank.svm.rentExemption(bytes);
  },

  getLargestAccounts({ bank }, params) {
    const commitment = params.config(0).commitment();
    const largest = [...bank.accounts.entries()].map(([address, account]) => ({ address, lamports: account.lamports }))
      .sort((a, b) => (a.lamports < b.lamports ? 1 : -1)).slice(0, 20);
    return withContext(bank, commitment, largest);
  },

  getSupply({ bank }, params) {
    const config = params.config(0);
    let total = 0n;
    for (const [, account] of bank.accounts.entries()) total += account.lamports;
    const held = bank.getAccount(bank.faucet.address)?.lamports ?? 0n;
    return withContext(bank, config.commitment(), {
      circulating: total - held, nonCirculating: held, total,
      nonCirculatingAccounts: config.flag('excludeNonCirculatingAccountsList') ? [] : [bank.faucet.address],
    });
  },
};

/** By their bytes, as Agave sorts them. */
const compareAddresses = (a: string, b: string): number => Buffer.compare(bs58.decode(a), bs58.decode(b));

/** What all of these methods do with their configuration. */
export function reader({ bank }: Pick<RpcContext, 'bank'>, config: Config, fallback: 'binary' | 'base64' = 'binary') {
  const commitment = config.commitment();
  config.requireContextSlot(bank, commitment);
  const format = accountFormat(config, fallback);
  const lookup = (address: string): AccountState | null => bank.getAccount(address, commitment);
  const show = (address: string, account: AccountState, as: AccountFormat): object => encodeAccount(address, account, as, lookup);
  return { commitment, format, show };
}

/** The token accounts that `belongs` picks, of one mint or of one token program. */
export function* tokenAccountsOf(
  { bank }: Pick<RpcContext, 'bank'>, by: Config, config: Config, belongs: (account: AccountState) => boolean,
): Generator<[string, AccountState]> {
  const { mint, programId } = by.value;
  if (Object.keys(by.value).length !== 1) throw invalidParams('Invalid params: invalid value: map, expected map with a single key.');
  const commitment = config.commitment();
  const isOne = (account: AccountState): boolean => account.data.length >= 165 && belongs(account);
  if (typeof programId === 'string') {
    if (programId !== TOKEN_PROGRAM && programId !== TOKEN_2022_PROGRAM) throw invalidParams('Invalid param: unrecognized Token program id');
    for (const entry of bank.getProgramAccounts(programId, commitment)) if (isOne(entry[1])) yield entry;
    return;
  }
  if (typeof mint !== 'string') throw invalidParams('Invalid params: say which accounts: {"mint": …} or {"programId": …}');
  const state = bank.getAccount(asAddress(mint), commitment);
  if (!state) throw invalidParams('Invalid param: could not find mint');
  if (!isMint(state)) throw invalidParams('Invalid param: Token mint could not be unpacked');
  for (const entry of bank.getProgramAccounts(state.owner, commitment)) {
    if (isOne(entry[1]) && bs58.encode(entry[1].data.subarray(0, 32)) === mint) yield entry;
  }
}

import bs58 from 'bs58';
import type { AccountState } from '../../ledger/account.js';
import { isMint, isTokenAccount, isTokenProgram, mintDecimals, mintSupply, tokenAmount, tokenMint, uiAmount } from '../../ledger/token-balances.js';
import { type Methods, type RpcContext, withContext } from '../context.js';
import { invalidParams } from '../errors.js';
import type { Params } from '../params.js';
import { reader, tokenAccountsOf } from './accounts.js';

/** Reads token accounts and mints of both token programs. */
export const tokenMethods: Methods = {
  getTokenAccountBalance({ bank }, params) {
    const address = params.address(0);
    const commitment = params.config(1).commitment();
    const account = bank.getAccount(address, commitment);
    if (!account) throw invalidParams('Invalid param: could not find account');
    if (!isTokenAccount(account)) throw invalidParams('Invalid param: not a Token account');
    const mint = bank.getAccount(tokenMint(account), commitment);
    if (!mint || !isMint(mint)) throw invalidParams('Invalid param: could not find mint');
    return withContext(bank, commitment, uiAmount(tokenAmount(account), mintDecimals(mint)));
  },

  getTokenSupply({ bank }, params) {
    const { account, commitment } = mintOf({ bank }, params);
    return withContext(bank, commitment, uiAmount(mintSupply(account), mintDecimals(account)));
  },

  getTokenLargestAccounts({ bank }, params) {
    const { account, address, commitment } = mintOf({ bank }, params, 'Token mint');
    const holders: { address: string; amount: bigint }[] = [];
    for (const [holder, state] of bank.getProgramAccounts(account.owner, commitment)) {
      if (isTokenAccount(state) && tokenMint(state) === address) holders.push({ address: holder, amount: tokenAmount(state) });
    }
    holders.sort((a, b) => (a.amount < b.amount ? 1 : -1));
    return withContext(bank, commitment, holders.slice(0, 20).map((holder) => ({
      address: holder.address, ...uiAmount(holder.amount, mintDecimals(account)),
    })));
  },

  getTokenAccountsByOwner: (context, params) => list(context, params, (owner) => ({ data }) => key(data, 32) === owner),

  getTokenAccountsByDelegate: (context, params) =>
    list(context, params, (delegate) => ({ data }) => data.readUInt32LE(72) === 1 && key(data, 76) === delegate),
};

const key = (data: Buffer, offset: number): string => bs58.encode(data.subarray(offset, offset + 32));

function list({ bank }: RpcContext, params: Params, belongsTo: (address: string) => (account: AccountState) => boolean): object {
  const belongs = belongsTo(params.address(0));
  const by = params.config(1);
  const config = params.config(2);
  const { commitment, format, show } = reader({ bank }, config);
  const found = [...tokenAccountsOf({ bank }, by, config, belongs)];
  return withContext(bank, commitment, found.map(([pubkey, account]) => ({ account: show(pubkey, account, format), pubkey })));
}

function mintOf({ bank }: Pick<RpcContext, 'bank'>, params: Params, what: 'Token mint' | 'mint' = 'mint') {
  const address = params.address(0);
  const commitment = params.config(1).commitment();
  const account = bank.getAccount(address, commitment);
  if (!account) throw invalidParams(`Invalid param: could not find ${what === 'mint' ? 'account' : 'mint'}`);
  if (!isTokenProgram(account.owner)) throw invalidParams('Invalid param: not a Token mint');
  if (!isMint(account)) throw invalidParams(`Invalid param: ${what} could not be unpacked`);
  return { account, address, commitment };
}

import bs58 from 'bs58';
import type { AccountState } from '../ledger/account.js';
import { LOADER_UPGRADEABLE, LOOKUP_TABLE_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM } from '../ledger/addresses.js';
import { isMint, isTokenAccount, mintDecimals, mintSupply, tokenAmount, tokenMint, tokenOwner, uiAmount } from '../ledger/token-balances.js';
import { parsedExtensions } from './parsed-extensions.js';
import { parsedLoaderAccount, parsedLookupTable } from './parsed-program-account.js';
import { parsedSysvar } from './parsed-sysvar.js';

/** Finds other accounts in the same state of the chain. */
export type AccountLookup = (address: string) => AccountState | null;

/** The `jsonParsed` form of an account's data. */
export interface ParsedData {
  readonly program: string;
  readonly parsed: { readonly type: string; readonly info?: object };
  readonly space: number;
}

const MULTISIG_BYTES = 355;
const NONCE_BYTES = 80;

/**
 * The parsed form of a token, mint, multisig, nonce, program, lookup table or sysvar account, or `null` for any other:
 * base64 then.
 */
export function parsedAccount(address: string, account: AccountState, lookup: AccountLookup): ParsedData | null {
  const space = account.data.length;
  if (account.owner === TOKEN_PROGRAM || account.owner === TOKEN_2022_PROGRAM) {
    const program = account.owner === TOKEN_PROGRAM ? 'spl-token' : 'spl-token-2022';
    if (isTokenAccount(account)) {
      const mint = lookup(tokenMint(account));
      // Without the mint's decimals an amount cannot be shown.
      if (!mint || !isMint(mint)) return null;
      return { program, parsed: { info: tokenInfo(account, mintDecimals(mint)), type: 'account' }, space };
    }
    if (isMint(account)) return { program, parsed: { info: mintInfo(account), type: 'mint' }, space };
    if (space === MULTISIG_BYTES) return { program, parsed: { info: multisigInfo(account.data), type: 'multisig' }, space };
    return null;
  }
  if (account.owner === SYSTEM_PROGRAM && space === NONCE_BYTES) {
    const info = nonceInfo(account.data);
    return info && { program: 'nonce', parsed: { info, type: 'initialized' }, space };
  }
  if (account.owner === LOADER_UPGRADEABLE) return parsedLoaderAccount(account.data);
  if (account.owner === LOOKUP_TABLE_PROGRAM) return parsedLookupTable(account.data);
  return parsedSysvar(address, account);
}

const key = (data: Buffer, offset: number): string => bs58.encode(data.subarray(offset, offset + 32));
/** C-style options of the token programs: u32 tag, then the key. */
const optionalKey = (data: Buffer, offset: number): string | null => (data.readUInt32LE(offset) === 1 ? key(data, offset + 4) : null);

function tokenInfo(account: AccountState, decimals: number): object {
  const { data } = account;
  const delegate = optionalKey(data, 72);
  const isNative = data.readUInt32LE(109) === 1;
  const closeAuthority = optionalKey(data, 129);
  return {
    isNative, mint: tokenMint(account), owner: tokenOwner(account),
    state: data[108] === 2 ? 'frozen' : 'initialized',
    tokenAmount: uiAmount(tokenAmount(account), decimals),
    ...(delegate && { delegate, delegatedAmount: uiAmount(data.readBigUInt64LE(121), decimals) }),
    ...(isNative && { rentExemptReserve: uiAmount(data.readBigUInt64LE(113), decimals) }),
    ...(closeAuthority && { closeAuthority }),
    ...extensions(account),
  };
}

function mintInfo(account: AccountState): object {
  return {
    decimals: mintDecimals(account), freezeAuthority: optionalKey(account.data, 46), isInitialized: true,
    mintAuthority: optionalKey(account.data, 0), supply: mintSupply(account).toString(), ...extensions(account),
  };
}

/** Token-2022's only, and only where there are any. */
function extensions({ data, owner }: AccountState): object {
  const found = owner === TOKEN_2022_PROGRAM ? parsedExtensions(data) : [];
  return found.length > 0 ? { extensions: found } : {};
}

function multisigInfo(data: Buffer): object {
  const numValidSigners = Math.min(data[1], 11);
  return {
    isInitialized: data[2] === 1, numRequiredSigners: data[0], numValidSigners,
    signers: Array.from({ length: numValidSigners }, (_, i) => key(data, 3 + 32 * i)),
  };
}

function nonceInfo(data: Buffer): object | null {
  if (data.readUInt32LE(4) !== 1) return null;
  return {
    authority: key(data, 8), blockhash: key(data, 40),
    feeCalculator: { lamportsPerSignature: data.readBigUInt64LE(72).toString() },
  };
}

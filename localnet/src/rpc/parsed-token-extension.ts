import { type Layout, type Parsed, readLayout } from './parsed-layout.js';

/** Token-2022's extensions, by their number. */
export const EXTENSION_NAMES: readonly string[] = [
  'uninitialized', 'transferFeeConfig', 'transferFeeAmount', 'mintCloseAuthority', 'confidentialTransferMint',
  'confidentialTransferAccount', 'defaultAccountState', 'immutableOwner', 'memoTransfer', 'nonTransferable', 'interestBearingConfig',
  'cpiGuard', 'permanentDelegate', 'nonTransferableAccount', 'transferHook', 'transferHookAccount', 'confidentialTransferFeeConfig',
  'confidentialTransferFeeAmount', 'metadataPointer', 'tokenMetadata', 'groupPointer', 'tokenGroup', 'groupMemberPointer',
  'tokenGroupMember', 'confidentialMintBurn', 'scaledUiAmountConfig', 'pausableConfig', 'pausableAccount',
];

const AUTHORITY = ['authority', 'multisigAuthority'] as const;
const OWNER = ['owner', 'multisigOwner'] as const;
const ACCOUNT_STATES = ['uninitialized', 'initialized', 'frozen'];

/** The pointer extensions are alike: Initialize with two optional keys, Update with one. */
const pointer = (name: string, address: string): readonly Layout[] => [
  { type: `initialize${name}`, accounts: ['mint'], fields: [['authority', 'zero?'], [address, 'zero?']] },
  { type: `update${name}`, accounts: ['mint'], fields: [[address, 'zero?']], signer: AUTHORITY },
];
const toggle = (name: string): readonly Layout[] => [
  { type: `enable${name}`, accounts: ['account'], signer: OWNER }, { type: `disable${name}`, accounts: ['account'], signer: OWNER },
];

/** By tag, then by the byte that follows it. */
const NESTED: Readonly<Record<number, readonly (Layout | null)[]>> = {
  26: [
    {
      type: 'initializeTransferFeeConfig', accounts: ['mint'],
      fields: [['transferFeeConfigAuthority', 'key?'], ['withdrawWithheldAuthority', 'key?'], ['transferFeeBasisPoints', 'u16'], ['maximumFee', 'u64']],
    },
    null,
    {
      type: 'withdrawWithheldTokensFromMint', accounts: ['mint', 'feeRecipient'],
      signer: ['withdrawWithheldAuthority', 'multisigWithdrawWithheldAuthority'],
    },
    null,
    { type: 'harvestWithheldTokensToMint', accounts: ['mint'], rest: 'sourceAccounts' },
    {
      type: 'setTransferFee', accounts: ['mint'], fields: [['transferFeeBasisPoints', 'u16'], ['maximumFee', 'u64']],
      signer: ['transferFeeConfigAuthority', 'multisigtransferFeeConfigAuthority'],
    },
  ],
  30: toggle('RequiredMemoTransfers'),
  33: [
    { type: 'initializeInterestBearingConfig', accounts: ['mint'], fields: [['rateAuthority', 'zero?'], ['rate', 'i16']] },
    { type: 'updateInterestBearingConfigRate', accounts: ['mint'], fields: [['newRate', 'i16']], signer: ['rateAuthority', 'multisigRateAuthority'] },
  ],
  34: toggle('CpiGuard'),
  36: [
    { type: 'initializeTransferHook', accounts: ['mint'], fields: [['authority', 'zero?'], ['programId', 'zero?']] },
    { type: 'updateTransferHook', accounts: ['mint'], fields: [['programId', 'zero?']], signer: AUTHORITY },
  ],
  39: pointer('MetadataPointer', 'metadataAddress'),
  40: pointer('GroupPointer', 'groupAddress'),
  41: pointer('GroupMemberPointer', 'memberAddress'),
  44: [
    { type: 'initializePausableConfig', accounts: ['mint'], fields: [['authority', 'key']] },
    { type: 'pause', accounts: ['mint'], signer: AUTHORITY },
    { type: 'resume', accounts: ['mint'], signer: AUTHORITY },
  ],
};

const PLAIN: Readonly<Record<number, Layout>> = {
  31: { type: 'createNativeMint', accounts: ['payer', 'nativeMint', 'systemProgram'] },
  32: { type: 'initializeNonTransferableMint', accounts: ['mint'] },
  35: { type: 'initializePermanentDelegate', accounts: ['mint'], fields: [['delegate', 'key']] },
  38: { type: 'withdrawExcessLamports', accounts: ['source', 'destination'], signer: AUTHORITY },
};

const TOKEN_METADATA_INITIALIZE = Buffer.of(210, 225, 30, 162, 88, 184, 77, 141);

/** An instruction of one of Token-2022's extensions; confidential transfers are not among those that are read. */
export function tokenExtensionInstruction(accounts: readonly string[], data: Buffer): Parsed | null {
  if (data.subarray(0, 8).equals(TOKEN_METADATA_INITIALIZE)) return initializeMetadata(accounts, data.subarray(8));
  const [tag, kind] = data;
  const layout = PLAIN[tag] ?? NESTED[tag]?.[kind];
  if (layout) return readLayout(layout, accounts, data.subarray(PLAIN[tag] ? 1 : 2));
  if (tag === 26 && kind === 1) return transferWithFee(accounts, data.subarray(2));
  if (tag === 26 && kind === 3) return withdrawFromAccounts(accounts, data);
  if (tag === 28) return defaultState(accounts, data);
  if (tag === 29) return reallocate(accounts, data.subarray(1));
  return null;
}

function transferWithFee(accounts: readonly string[], data: Buffer): Parsed | null {
  if (data.length < 17) return null;
  const decimals = data.subarray(8, 9);
  // The fee comes behind the decimals that both amounts share.
  const fields = Buffer.concat([data.subarray(0, 9), data.subarray(9, 17), decimals]);
  return readLayout({
    type: 'transferCheckedWithFee', accounts: ['source', 'mint', 'destination'], signer: AUTHORITY,
    fields: [['tokenAmount', 'tokenAmount'], ['feeAmount', 'tokenAmount']],
  }, accounts, fields);
}

function withdrawFromAccounts(accounts: readonly string[], data: Buffer): Parsed | null {
  const sources = data[2] ?? 0;
  const rest = accounts.length - sources;
  if (rest < 3) return null;
  const parsed = readLayout({
    type: 'withdrawWithheldTokensFromAccounts', accounts: ['mint', 'feeRecipient'],
    signer: ['withdrawWithheldAuthority', 'multisigWithdrawWithheldAuthority'],
  }, accounts.slice(0, rest), data);
  return parsed && { ...parsed, info: { ...parsed.info, sourceAccounts: accounts.slice(rest) } };
}

function defaultState(accounts: readonly string[], [, kind, state]: Buffer): Parsed | null {
  const layout: Layout = kind === 0
    ? { type: 'initializeDefaultAccountState', accounts: ['mint'] }
    : { type: 'updateDefaultAccountState', accounts: ['mint'], signer: ['freezeAuthority', 'multisigFreezeAuthority'] };
  const parsed = readLayout(layout, accounts, Buffer.alloc(0));
  return parsed && { ...parsed, info: { ...parsed.info, accountState: ACCOUNT_STATES[state] ?? 'uninitialized' } };
}

function reallocate(accounts: readonly string[], data: Buffer): Parsed | null {
  const extensionTypes = Array.from({ length: data.length >> 1 }, (_, i) => EXTENSION_NAMES[data.readUInt16LE(2 * i)] ?? 'uninitialized');
  const parsed = readLayout({ type: 'reallocate', accounts: ['account', 'payer', 'systemProgram'], signer: OWNER }, accounts, data);
  return parsed && { ...parsed, info: { ...parsed.info, extensionTypes } };
}

function initializeMetadata(accounts: readonly string[], data: Buffer): Parsed | null {
  if (accounts.length < 4) return null;
  const texts: string[] = [];
  for (let at = 0; texts.length < 3;) {
    if (at + 4 > data.length) return null;
    const end = at + 4 + data.readUInt32LE(at);
    if (end > data.length) return null;
    texts.push(data.toString('utf8', at + 4, end));
    at = end;
  }
  const [metadata, updateAuthority, mint, mintAuthority] = accounts;
  const [name, symbol, uri] = texts;
  return { type: 'initializeTokenMetadata', info: { metadata, updateAuthority, mint, mintAuthority, name, symbol, uri } };
}

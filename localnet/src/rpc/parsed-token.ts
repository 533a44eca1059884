import bs58 from 'bs58';
import { type Layout, type Parsed, readLayout, signers } from './parsed-layout.js';
import { EXTENSION_NAMES, tokenExtensionInstruction } from './parsed-token-extension.js';

const AUTHORITY = ['authority', 'multisigAuthority'] as const;
const OWNER = ['owner', 'multisigOwner'] as const;
const MINT_AUTHORITY = ['mintAuthority', 'multisigMintAuthority'] as const;
const FREEZE_AUTHORITY = ['freezeAuthority', 'multisigFreezeAuthority'] as const;
const NEW_MINT = [['decimals', 'u8'], ['mintAuthority', 'key'], ['freezeAuthority', 'key?']] as const;

/** Instructions that both token programs know, by their tag; 6 and 21 are read below. */
const TOKEN: readonly (Layout | null)[] = [
  { type: 'initializeMint', accounts: ['mint', 'rentSysvar'], fields: NEW_MINT },
  { type: 'initializeAccount', accounts: ['account', 'mint', 'owner', 'rentSysvar'] },
  { type: 'initializeMultisig', accounts: ['multisig', 'rentSysvar'], rest: 'signers', fields: [['m', 'u8']] },
  { type: 'transfer', accounts: ['source', 'destination'], fields: [['amount', 'amount']], signer: AUTHORITY },
  { type: 'approve', accounts: ['source', 'delegate'], fields: [['amount', 'amount']], signer: OWNER },
  { type: 'revoke', accounts: ['source'], signer: OWNER },
  null,
  { type: 'mintTo', accounts: ['mint', 'account'], fields: [['amount', 'amount']], signer: MINT_AUTHORITY },
  { type: 'burn', accounts: ['account', 'mint'], fields: [['amount', 'amount']], signer: AUTHORITY },
  { type: 'closeAccount', accounts: ['account', 'destination'], signer: OWNER },
  { type: 'freezeAccount', accounts: ['account', 'mint'], signer: FREEZE_AUTHORITY },
  { type: 'thawAccount', accounts: ['account', 'mint'], signer: FREEZE_AUTHORITY },
  { type: 'transferChecked', accounts: ['source', 'mint', 'destination'], fields: [['tokenAmount', 'tokenAmount']], signer: AUTHORITY },
  { type: 'approveChecked', accounts: ['source', 'mint', 'delegate'], fields: [['tokenAmount', 'tokenAmount']], signer: OWNER },
  { type: 'mintToChecked', accounts: ['mint', 'account'], fields: [['tokenAmount', 'tokenAmount']], signer: MINT_AUTHORITY },
  { type: 'burnChecked', accounts: ['account', 'mint'], fields: [['tokenAmount', 'tokenAmount']], signer: AUTHORITY },
  { type: 'initializeAccount2', accounts: ['account', 'mint', 'rentSysvar'], fields: [['owner', 'key']] },
  { type: 'syncNative', accounts: ['account'] },
  { type: 'initializeAccount3', accounts: ['account', 'mint'], fields: [['owner', 'key']] },
  { type: 'initializeMultisig2', accounts: ['multisig'], rest: 'signers', fields: [['m', 'u8']] },
  { type: 'initializeMint2', accounts: ['mint'], fields: NEW_MINT },
  null,
  { type: 'initializeImmutableOwner', accounts: ['account'] },
  { type: 'amountToUiAmount', accounts: ['mint'], fields: [['amount', 'amount']] },
  null,
  { type: 'initializeMintCloseAuthority', accounts: ['mint'], fields: [['newAuthority', 'key|null']] },
];

/** What an authority is set of; the first and last of the classic four are an account's, the others a mint's. */
const AUTHORITY_TYPES = [
  'mintTokens', 'freezeAccount', 'accountOwner', 'closeAccount', 'transferFeeConfig', 'withheldWithdraw', 'closeMint', 'interestRate',
  'permanentDelegate', 'confidentialTransferMint', 'transferHookProgramId', 'confidentialTransferFeeConfig', 'metadataPointer',
  'groupPointer', 'groupMemberPointer', 'scaledUiAmount', 'pause',
];

/** An instruction of either token program. */
export function tokenInstruction(accounts: readonly string[], data: Buffer): Parsed | null {
  if (data.length === 0 || accounts.length === 0) return null;
  const layout = TOKEN[data[0]];
  if (layout) return readLayout(layout, accounts, data.subarray(1));
  switch (data[0]) {
    case 6: return setAuthority(accounts, data);
    case 21: return accountDataSize(accounts, data.subarray(1));
    case 24: return { type: 'uiAmountToAmount', info: { mint: accounts[0], uiAmount: data.subarray(1).toString('utf8') } };
    default: return tokenExtensionInstruction(accounts, data);
  }
}

function setAuthority(accounts: readonly string[], data: Buffer): Parsed | null {
  const authorityType = AUTHORITY_TYPES[data[1]];
  if (accounts.length < 2 || authorityType === undefined || (data[2] === 1 && data.length < 35)) return null;
  const owned = authorityType === 'accountOwner' || authorityType === 'closeAccount' ? 'account' : 'mint';
  const newAuthority = data[2] === 1 ? bs58.encode(data.subarray(3, 35)) : null;
  return { type: 'setAuthority', info: { [owned]: accounts[0], authorityType, newAuthority, ...signers(AUTHORITY, accounts.slice(1)) } };
}

function accountDataSize(accounts: readonly string[], data: Buffer): Parsed {
  const extensionTypes = Array.from({ length: data.length >> 1 }, (_, i) => EXTENSION_NAMES[data.readUInt16LE(2 * i)] ?? 'uninitialized');
  return { type: 'getAccountDataSize', info: { mint: accounts[0], ...(extensionTypes.length > 0 && { extensionTypes }) } };
}

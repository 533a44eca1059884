import { type Layout, readLayout, type Parsed } from './parsed-layout.js';

const NONCE = ['nonceAccount', 'recentBlockhashesSysvar'] as const;

/** Instructions of the system program, by their tag. */
const SYSTEM: readonly Layout[] = [
  { type: 'createAccount', accounts: ['source', 'newAccount'], fields: [['lamports', 'u64'], ['space', 'u64'], ['owner', 'key']] },
  { type: 'assign', accounts: ['account'], fields: [['owner', 'key']] },
  { type: 'transfer', accounts: ['source', 'destination'], fields: [['lamports', 'u64']] },
  {
    type: 'createAccountWithSeed', accounts: ['source', 'newAccount'],
    fields: [['base', 'key'], ['seed', 'text'], ['lamports', 'u64'], ['space', 'u64'], ['owner', 'key']],
  },
  { type: 'advanceNonce', accounts: [...NONCE, 'nonceAuthority'] },
  {
    type: 'withdrawFromNonce', accounts: ['nonceAccount', 'destination', 'recentBlockhashesSysvar', 'rentSysvar', 'nonceAuthority'],
    fields: [['lamports', 'u64']],
  },
  { type: 'initializeNonce', accounts: [...NONCE, 'rentSysvar'], fields: [['nonceAuthority', 'key']] },
  { type: 'authorizeNonce', accounts: ['nonceAccount', 'nonceAuthority'], fields: [['newAuthorized', 'key']] },
  { type: 'allocate', accounts: ['account'], fields: [['space', 'u64']] },
  { type: 'allocateWithSeed', accounts: ['account'], fields: [['base', 'key'], ['seed', 'text'], ['space', 'u64'], ['owner', 'key']] },
  { type: 'assignWithSeed', accounts: ['account'], fields: [['base', 'key'], ['seed', 'text'], ['owner', 'key']] },
  {
    type: 'transferWithSeed', accounts: ['source', 'sourceBase', 'destination'],
    fields: [['lamports', 'u64'], ['sourceSeed', 'text'], ['sourceOwner', 'key']],
  },
  { type: 'upgradeNonce', accounts: ['nonceAccount'] },
];

/** Instructions of the upgradeable loader, by their tag. */
const LOADER: readonly Layout[] = [
  { type: 'initializeBuffer', accounts: ['account'], optional: { names: ['authority'], missing: 'left out' } },
  { type: 'write', accounts: ['account', 'authority'], fields: [['offset', 'u32'], ['bytes', 'bytes']] },
  {
    type: 'deployWithMaxDataLen', fields: [['maxDataLen', 'u64']],
    accounts: ['payerAccount', 'programDataAccount', 'programAccount', 'bufferAccount', 'rentSysvar', 'clockSysvar', 'systemProgram', 'authority'],
  },
  {
    type: 'upgrade',
    accounts: ['programDataAccount', 'programAccount', 'bufferAccount', 'spillAccount', 'rentSysvar', 'clockSysvar', 'authority'],
  },
  { type: 'setAuthority', accounts: ['account', 'authority'], optional: { names: ['newAuthority'], missing: 'null' } },
  { type: 'close', accounts: ['account', 'recipient', 'authority'], optional: { names: ['programAccount'], missing: 'null' } },
  {
    type: 'extendProgram', accounts: ['programDataAccount', 'programAccount'], fields: [['additionalBytes', 'u32']],
    optional: { names: ['systemProgram', 'payerAccount'], missing: 'null' },
  },
  { type: 'setAuthorityChecked', accounts: ['account', 'authority', 'newAuthority'] },
  { type: 'migrate', accounts: ['programDataAccount', 'programAccount', 'authority'] },
  {
    type: 'extendProgramChecked', accounts: ['programDataAccount', 'programAccount', 'authority'], fields: [['additionalBytes', 'u32']],
    optional: { names: ['systemProgram', 'payerAccount'], missing: 'null' },
  },
];

const TABLE = ['lookupTableAccount', 'lookupTableAuthority'] as const;

/** Instructions of the address lookup table program, by their tag. */
const LOOKUP_TABLE: readonly Layout[] = [
  {
    type: 'createLookupTable', accounts: [...TABLE, 'payerAccount', 'systemProgram'], fields: [['recentSlot', 'u64'], ['bumpSeed', 'u8']],
  },
  { type: 'freezeLookupTable', accounts: TABLE },
  {
    type: 'extendLookupTable', accounts: TABLE, fields: [['newAddresses', 'keys']],
    optional: { names: ['payerAccount', 'systemProgram'], missing: 'left out' },
  },
  { type: 'deactivateLookupTable', accounts: TABLE },
  { type: 'closeLookupTable', accounts: [...TABLE, 'recipient'] },
];

const tagged = (layouts: readonly Layout[]) => (accounts: readonly string[], data: Buffer): Parsed | null => {
  const layout = data.length >= 4 ? layouts[data.readUInt32LE(0)] : undefined;
  return layout ? readLayout(layout, accounts, data.subarray(4)) : null;
};

export const systemInstruction = tagged(SYSTEM);
export const loaderInstruction = tagged(LOADER);
export const lookupTableInstruction = tagged(LOOKUP_TABLE);

const ASSOCIATED: readonly Layout[] = [
  { type: 'create', accounts: ['source', 'account', 'wallet', 'mint', 'systemProgram', 'tokenProgram'] },
  { type: 'createIdempotent', accounts: ['source', 'account', 'wallet', 'mint', 'systemProgram', 'tokenProgram'] },
  { type: 'recoverNested', accounts: ['nestedSource', 'nestedMint', 'destination', 'nestedOwner', 'ownerMint', 'wallet', 'tokenProgram'] },
];

/** The associated token program's: its first instruction may come without any data. */
export function associatedTokenInstruction(accounts: readonly string[], data: Buffer): Parsed | null {
  const layout = ASSOCIATED[data[0] ?? 0];
  return layout ? readLayout(layout, accounts, data.subarray(1)) : null;
}

import bs58 from 'bs58';
import { zeroKey } from './parsed-layout.js';
import { EXTENSION_NAMES } from './parsed-token-extension.js';

/** Extensions follow a base account's space and the byte that says what the account is: type u16, length u16, value. */
const FIRST = 166;
const ACCOUNT_STATES = ['uninitialized', 'initialized', 'frozen'];

type State = (value: Buffer) => Record<string, unknown>;

/** The extensions of a Token-2022 mint or account, in their order. */
export function parsedExtensions(data: Buffer): object[] {
  const found: object[] = [];
  for (let at = FIRST; at + 4 <= data.length;) {
    const type = data.readUInt16LE(at);
    const end = at + 4 + data.readUInt16LE(at + 2);
    if (type === 0 || end > data.length) break;
    found.push(parsedExtension(EXTENSION_NAMES[type], data.subarray(at + 4, end)));
    at = end;
  }
  return found;
}

function parsedExtension(extension: string | undefined, value: Buffer): object {
  if (extension !== undefined && MARKS.has(extension)) return { extension };
  const read = extension === undefined ? undefined : STATES[extension];
  if (!read) return { extension: 'unparseableExtension' };
  try {
    return { extension, state: read(value) };
  } catch (error) {
    if (error instanceof RangeError) return { extension: 'unparseableExtension' };
    throw error;
  }
}

/** Extensions that are there or not, and say no more. */
const MARKS = new Set(['immutableOwner', 'nonTransferable', 'nonTransferableAccount', 'pausableAccount']);

const key = (value: Buffer, at: number): string => bs58.encode(value.subarray(at, at + 32));
const keyOrNull = (value: Buffer, at: number): string | null => zeroKey(value.subarray(at, at + 32));
const fee = (value: Buffer, at: number): object => ({
  epoch: value.readBigUInt64LE(at), maximumFee: value.readBigUInt64LE(at + 8), transferFeeBasisPoints: value.readUInt16LE(at + 16),
});
const pointer = (name: string): State => (value) => ({ authority: keyOrNull(value, 0), [name]: keyOrNull(value, 32) });

/** By name; those of confidential transfers are not read, but for the mint's. */
const STATES: Readonly<Record<string, State>> = {
  transferFeeConfig: (value) => ({
    transferFeeConfigAuthority: keyOrNull(value, 0), withdrawWithheldAuthority: keyOrNull(value, 32),
    withheldAmount: value.readBigUInt64LE(64), olderTransferFee: fee(value, 72), newerTransferFee: fee(value, 90),
  }),
  transferFeeAmount: (value) => ({ withheldAmount: value.readBigUInt64LE(0) }),
  mintCloseAuthority: (value) => ({ closeAuthority: keyOrNull(value, 0) }),
  confidentialTransferMint: (value) => ({
    authority: keyOrNull(value, 0), autoApproveNewAccounts: value[32] === 1,
    auditorElgamalPubkey: zeroKey(value.subarray(33, 65)) && value.toString('base64', 33, 65),
  }),
  defaultAccountState: (value) => ({ accountState: ACCOUNT_STATES[value[0]] ?? 'uninitialized' }),
  memoTransfer: (value) => ({ requireIncomingTransferMemos: value[0] === 1 }),
  interestBearingConfig: (value) => ({
    rateAuthority: keyOrNull(value, 0), initializationTimestamp: value.readBigInt64LE(32), preUpdateAverageRate: value.readInt16LE(40),
    lastUpdateTimestamp: value.readBigInt64LE(42), currentRate: value.readInt16LE(50),
  }),
  cpiGuard: (value) => ({ lockCpi: value[0] === 1 }),
  permanentDelegate: (value) => ({ delegate: keyOrNull(value, 0) }),
  transferHook: pointer('programId'),
  transferHookAccount: (value) => ({ transferring: value[0] === 1 }),
  metadataPointer: pointer('metadataAddress'),
  groupPointer: pointer('groupAddress'),
  groupMemberPointer: pointer('memberAddress'),
  tokenMetadata,
  tokenGroup: (value) => ({
    updateAuthority: keyOrNull(value, 0), mint: key(value, 32), size: value.readBigUInt64LE(64), maxSize: value.readBigUInt64LE(72),
  }),
  tokenGroupMember: (value) => ({ mint: key(value, 0), group: key(value, 32), memberNumber: value.readBigUInt64LE(64) }),
  scaledUiAmountConfig: (value) => ({
    authority: keyOrNull(value, 0), multiplier: String(value.readDoubleLE(32)),
    newMultiplierEffectiveTimestamp: value.readBigInt64LE(40), newMultiplier: String(value.readDoubleLE(48)),
  }),
  pausableConfig: (value) => ({ authority: keyOrNull(value, 0), paused: value[32] === 1 }),
};

function tokenMetadata(value: Buffer): Record<string, unknown> {
  let at = 64;
  const text = (): string => {
    const from = at + 4;
    at = from + value.readUInt32LE(at);
    if (at > value.length) throw new RangeError('the metadata end too early');
    return value.toString('utf8', from, at);
  };
  const [name, symbol, uri] = [text(), text(), text()];
  const more = value.readUInt32LE(at);
  at += 4;
  const additionalMetadata: [string, string][] = [];
  while (additionalMetadata.length < more) additionalMetadata.push([text(), text()]);
  return { updateAuthority: keyOrNull(value, 0), mint: key(value, 32), name, symbol, uri, additionalMetadata };
}

export { startValidator, type Validator, type ValidatorOptions } from './validator.js';
export { addressOfKeypairFile, type ProgramFile, ProgramFileError } from './programs.js';
export { Bank } from './ledger/bank.js';
export type { BankOptions, Commitment, ProgramImage, SendResult } from './ledger/bank-types.js';
export type { AccountState } from './ledger/account.js';
export { LedgerError } from './ledger/lock.js';
export { ListenError } from './listen.js';
export { hasLedger } from './ledger/store.js';
export { parseAddress as isAddress } from './ledger/addresses.js';

import { SYSTEM_PROGRAM } from '../ledger/addresses.js';

/** An instruction in words. */
export interface ParsedInstruction {
  readonly program: string;
  readonly parsed: unknown;
}

const MEMO_PROGRAMS: Record<string, string> = {
  MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr: 'spl-memo',
  Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo: 'spl-memo',
};

/** The `jsonParsed` form of transfers and memos; `null` for other instructions, which clients then get as they are. */
export function parsedInstruction(program: string, accounts: readonly string[], data: Buffer): ParsedInstruction | null {
  const memo = memoText(program, data);
  if (memo !== null) return { program: 'spl-memo', parsed: memo };
  if (program !== SYSTEM_PROGRAM || data.length !== 12 || data.readUInt32LE(0) !== 2 || accounts.length < 2) return null;
  const info = { destination: accounts[1], lamports: data.readBigUInt64LE(4), source: accounts[0] };
  return { program: 'system', parsed: { info, type: 'transfer' } };
}

/** The text of a memo instruction, or `null` if it is none. */
export function memoText(program: string, data: Uint8Array): string | null {
  return Object.hasOwn(MEMO_PROGRAMS, program) ? Buffer.from(data).toString('utf8') : null;
}

import {
  ASSOCIATED_TOKEN_PROGRAM, LOADER_UPGRADEABLE, LOOKUP_TABLE_PROGRAM, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM, TOKEN_PROGRAM,
} from '../ledger/addresses.js';
import { associatedTokenInstruction, loaderInstruction, lookupTableInstruction, systemInstruction } from './parsed-builtin.js';
import type { Parsed } from './parsed-layout.js';
import { tokenInstruction } from './parsed-token.js';

/** An instruction in words. */
export interface ParsedInstruction {
  readonly program: string;
  readonly parsed: unknown;
}

type Parser = (accounts: readonly string[], data: Buffer) => Parsed | null;

/** Which programs' instructions can be shown in words, and what they are called then. */
const PARSERS = new Map<string, readonly [name: string, parse: Parser]>([
  [SYSTEM_PROGRAM, ['system', systemInstruction]],
  [TOKEN_PROGRAM, ['spl-token', tokenInstruction]],
  [TOKEN_2022_PROGRAM, ['spl-token', tokenInstruction]],
  [ASSOCIATED_TOKEN_PROGRAM, ['spl-associated-token-account', associatedTokenInstruction]],
  [LOADER_UPGRADEABLE, ['bpf-upgradeable-loader', loaderInstruction]],
  [LOOKUP_TABLE_PROGRAM, ['address-lookup-table', lookupTableInstruction]],
]);
const MEMO_PROGRAMS = new Set(['MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr', 'Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo']);

/** The `jsonParsed` form of an instruction; `null` for one that clients get as it is. */
export function parsedInstruction(program: string, accounts: readonly string[], data: Buffer): ParsedInstruction | null {
  const memo = memoText(program, data);
  if (memo !== null) return { program: 'spl-memo', parsed: memo };
  const [name, parse] = PARSERS.get(program) ?? [];
  const parsed = parse?.(accounts, data);
  return name && parsed ? { program: name, parsed } : null;
}

/** The text of a memo instruction, or `null` if it is none. */
export function memoText(program: string, data: Uint8Array): string | null {
  return MEMO_PROGRAMS.has(program) ? Buffer.from(data).toString('utf8') : null;
}

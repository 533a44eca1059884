import { LangErrorMessage } from '@coral-xyz/anchor';
import { SystemProgram, type TransactionError } from '@solana/web3.js';
import { ChainError, type ProgramError } from './errors.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from './idl.js';
import type { ProgramIds } from './program-ids.js';

/**
 * Turns what RPC nodes say about a failed transaction into a {@link ChainError}. The error's number says nothing without
 * the program it comes from (all programs count from 6000), and that is in the logs alone: the first `failed:` line
 * is the innermost program's.
 */

const CUSTOM = /custom program error: 0x([0-9a-f]+)/;
const FAILED = /^Program (\w+) failed: (.*)$/;
const ANCHOR = /Error Code: (\w+)\. Error Number: (\d+)\. Error Message: (.*)$/;

/** What is known of the failure. */
export interface Failure {
  programs: ProgramIds;
  /** The program of each instruction, base58, in order. */
  instructionPrograms: readonly string[];
  logs?: readonly string[] | null;
  /** From the status of a landed transaction. */
  err?: TransactionError | string | null;
  /** From a refused preflight, e.g. `… Error processing Instruction 2: custom program error: 0x1770`. */
  message?: string;
  signature?: string;
  cause?: unknown;
}

export function chainErrorOf(failure: Failure): ChainError {
  const details = { cause: failure.cause, logs: failure.logs ?? [], signature: failure.signature };
  const programError = programErrorOf(failure);
  if (programError) {
    return new ChainError(upperSnake(programError.name), programError.message, { ...details, programError });
  }
  const text = failure.message ?? (typeof failure.err === 'string' ? failure.err : JSON.stringify(failure.err));
  if (/no record of a prior credit|InsufficientFundsForFee|insufficient funds for fee/i.test(text)) {
    return new ChainError(
      'NO_FUNDS',
      'The fee payer has not enough SOL for this transaction: send it some, or on a local or test network `solana airdrop 1`.',
      details,
    );
  }
  if (/insufficient funds for rent|InsufficientFundsForRent/i.test(text)) {
    return new ChainError('NO_FUNDS', 'The fee payer would be left with too little SOL to exist: send it some more.', details);
  }
  if (/blockhash not found|BlockhashNotFound/i.test(text)) {
    return new ChainError('TRANSACTION_EXPIRED', 'The node does not know the blockhash (yet, or any more): try again.', details);
  }
  return new ChainError('TRANSACTION_FAILED', `The transaction failed: ${text}.`, details);
}

function programErrorOf({ programs, instructionPrograms, logs, err, message }: Failure): ProgramError | undefined {
  let program: string | undefined;
  let number: number | undefined;
  for (const line of logs ?? []) {
    const failed = FAILED.exec(line);
    const custom = failed && CUSTOM.exec(failed[2]);
    if (failed && custom) {
      [program, number] = [failed[1], parseInt(custom[1], 16)];
      break;
    }
  }
  if (number === undefined) {
    const at = instructionErrorOf(err) ?? instructionErrorInText(message);
    if (!at) return undefined;
    [program, number] = [instructionPrograms[at.index], at.custom];
  }
  return describe(programs, program, number, logs ?? []);
}

function instructionErrorOf(err: Failure['err']): { index: number; custom: number } | undefined {
  if (typeof err !== 'object' || err === null) return undefined;
  const [index, what] = ((err as { InstructionError?: unknown }).InstructionError ?? []) as [number, { Custom?: number }];
  return typeof what === 'object' && typeof what?.Custom === 'number' ? { index, custom: what.Custom } : undefined;
}

function instructionErrorInText(message = ''): { index: number; custom: number } | undefined {
  const custom = CUSTOM.exec(message);
  const index = /Instruction (\d+)/.exec(message);
  return custom && index ? { index: Number(index[1]), custom: parseInt(custom[1], 16) } : undefined;
}

function describe(ids: ProgramIds, program: string | undefined, number: number, logs: readonly string[]): ProgramError {
  const idls = { authorizer: authorizerIdl, coordinator: coordinatorIdl, treasurer: treasurerIdl };
  const ours = (Object.keys(idls) as (keyof ProgramIds)[]).find((name) => program === ids[name].toBase58());
  const idl = ours && idls[ours];
  const listed = (idl?.errors as { code: number; name: string; msg?: string }[] | undefined)?.find((e) => e.code === number);
  if (listed) {
    const name = listed.name[0].toUpperCase() + listed.name.slice(1);
    return { program, name, number, message: logged(logs, number)?.message ?? listed.msg ?? name };
  }
  const fromAnchor = logged(logs, number);
  if (fromAnchor) return { program, name: fromAnchor.name, number, message: fromAnchor.message };
  const framework = idl && LangErrorMessage.get(number);
  if (framework) return { program, name: 'Anchor', number, message: `The program refused: ${framework}.` };
  if (program === SystemProgram.programId.toBase58() && number === 0) {
    return { program, name: 'AccountInUse', number, message: 'The account to be made exists already: choose another name for it.' };
  }
  if (program === SystemProgram.programId.toBase58() && number === 1) {
    return { program, name: 'NoFunds', number, message: 'The paying account has not enough SOL: send it some.' };
  }
  return { program, name: 'Custom', number, message: `Program ${program ?? 'unknown'} failed with error ${number}.` };
}

/** Anchor logs an error's message with what the program made of it; the last one logged is the one that counts. */
function logged(logs: readonly string[], number: number): { name: string; message: string } | undefined {
  for (const line of [...logs].reverse()) {
    const match = ANCHOR.exec(line);
    if (match && Number(match[2]) === number) return { name: match[1], message: match[3] };
  }
  return undefined;
}

const upperSnake = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();

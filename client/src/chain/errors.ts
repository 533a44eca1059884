import { PsycheError } from '../errors.js';

/** An error that one of the programs, or the runtime, gave for a transaction. */
export interface ProgramError {
  /** Base58 address of the program that failed, where known. */
  program?: string;
  /** e.g. `TooEarly`; `Custom` when the number is in no known interface description. */
  name: string;
  number: number;
  message: string;
}

/**
 * Anything the chain or the way to it answered instead of success. `code` is the program error's name in
 * UPPER_SNAKE_CASE (`TOO_EARLY`), or one of `TRANSACTION_FAILED`, `TRANSACTION_EXPIRED`, `NO_FUNDS`, `RPC_UNREACHABLE`,
 * `RPC_REFUSED`, `RPC_ERROR`, `ACCOUNT_MISSING`, `ACCOUNT_INVALID`.
 */
export class ChainError extends PsycheError {
  /** Present when a program refused. */
  readonly programError?: ProgramError;
  /** What the programs logged, when the node told. */
  readonly logs: readonly string[];
  readonly signature?: string;

  constructor(
    code: string,
    message: string,
    details: { cause?: unknown; programError?: ProgramError; logs?: readonly string[]; signature?: string } = {},
  ) {
    super(code, message, details.cause === undefined ? undefined : { cause: details.cause });
    this.programError = details.programError;
    this.logs = details.logs ?? [];
    this.signature = details.signature;
  }
}

/** Whether `error` is a program's refusal of the given name, e.g. `isProgramError(e, 'TooEarly')`. */
export function isProgramError(error: unknown, ...names: string[]): error is ChainError & { programError: ProgramError } {
  return error instanceof ChainError && error.programError !== undefined && names.includes(error.programError.name);
}

/** Whether trying the same again may help: the node was not reached, too busy, or the transaction got lost. */
export function isTransient(error: unknown): boolean {
  return error instanceof ChainError && ['RPC_UNREACHABLE', 'RPC_REFUSED', 'TRANSACTION_EXPIRED'].includes(error.code);
}

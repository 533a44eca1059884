import { ChainError } from './errors.js';

/** How the runtime says it: in a program's code, in what it called, and as a transaction's outcome. */
const OUT_OF_UNITS = /exceeded CUs meter|computational ?budget ?exceeded/i;

/** Whether a transaction failed because it needed more compute units than it asked for. */
export function isOutOfUnits(error: unknown): boolean {
  return error instanceof ChainError && [error.message, ...error.logs].some((line) => OUT_OF_UNITS.test(line));
}

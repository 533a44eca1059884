import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ComputeBudgetProgram, SystemProgram } from '@solana/web3.js';
import { type ChainError, isProgramError, isTransient } from './errors.js';
import { chainErrorOf, type Failure } from './failure.js';
import { coordinatorIdl } from './idl.js';
import { programIds } from './program-ids.js';
import { rpcError } from './rpc.js';

const programs = programIds();
const coordinator = programs.coordinator.toBase58();
const treasurer = programs.treasurer.toBase58();
const numbered = (name: string): number => coordinatorIdl.errors.find((e) => (e.name as string).toLowerCase() === name.toLowerCase())!.code;
const tooEarly = numbered('TooEarly');

function errorOf(failure: Partial<Failure>): ChainError {
  return chainErrorOf({ programs, instructionPrograms: [ComputeBudgetProgram.programId.toBase58(), coordinator], ...failure });
}

test('a refused preflight names the program\'s error', () => {
  const error: ChainError = errorOf({
    message: `Transaction simulation failed: Error processing Instruction 1: custom program error: 0x${tooEarly.toString(16)}`,
    logs: [
      `Program ${coordinator} invoke [1]`,
      `Program log: AnchorError thrown in programs/coordinator/src/machine/tick.rs:9. Error Code: TooEarly. Error Number: ${tooEarly}. Error Message: Wait a little.`,
      `Program ${coordinator} failed: custom program error: 0x${tooEarly.toString(16)}`,
    ],
  });
  assert.equal(error.code, 'TOO_EARLY');
  assert.equal(error.message, 'Wait a little.');
  assert.equal(error.programError?.program, coordinator);
  assert.ok(isProgramError(error, 'WrongState', 'TooEarly'));
  assert.ok(!isProgramError(error, 'WrongState'));
});

test('so does the status of a landed transaction, without any logs', () => {
  const error = errorOf({ err: { InstructionError: [1, { Custom: tooEarly }] }, signature: 'sig' });
  assert.ok(isProgramError(error, 'TooEarly'));
  assert.match(error.message, /[Tt]ick/);
  assert.equal(error.signature, 'sig');
});

test('of programs that call each other, the innermost is the one that failed', () => {
  const error = errorOf({
    instructionPrograms: [treasurer],
    err: { InstructionError: [0, { Custom: tooEarly }] },
    logs: [
      `Program ${treasurer} invoke [1]`,
      `Program ${coordinator} invoke [2]`,
      `Program ${coordinator} failed: custom program error: 0x${tooEarly.toString(16)}`,
      `Program ${treasurer} failed: custom program error: 0x${tooEarly.toString(16)}`,
    ],
  });
  assert.deepEqual([error.programError?.program, error.programError?.name], [coordinator, 'TooEarly']);
});

test('errors of the runtime and of other programs are told in words', () => {
  assert.equal(errorOf({ message: 'Attempt to debit an account but found no record of a prior credit.' }).code, 'NO_FUNDS');
  assert.equal(errorOf({ err: 'InsufficientFundsForFee' }).code, 'NO_FUNDS');
  assert.equal(errorOf({ err: { InsufficientFundsForRent: { account_index: 0 } } as never }).code, 'NO_FUNDS');
  assert.equal(errorOf({ message: 'Transaction simulation failed: Blockhash not found' }).code, 'TRANSACTION_EXPIRED');
  assert.equal(errorOf({ err: { InstructionError: [1, 'ComputationalBudgetExceeded'] } }).code, 'TRANSACTION_FAILED');
  assert.equal(errorOf({ instructionPrograms: [SystemProgram.programId.toBase58()], err: { InstructionError: [0, { Custom: 0 }] } }).code, 'ACCOUNT_IN_USE');
  const unknown = errorOf({ instructionPrograms: ['else'], err: { InstructionError: [0, { Custom: 7 }] } });
  assert.deepEqual(unknown.programError, { program: 'else', name: 'Custom', number: 7, message: 'Program else failed with error 7.' });
  assert.match(errorOf({ err: { InstructionError: [1, { Custom: 3012 }] } }).message, /expected this account to be already initialized/);
});

test('the way to a node has its own errors, and keeps the keys in its URL to itself', () => {
  const url = 'https://rpc.example/v2/secret?api-key=secret';
  const unreachable = rpcError(url, new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }));
  assert.equal((unreachable as { code?: string }).code, 'RPC_UNREACHABLE');
  assert.ok(isTransient(unreachable));
  assert.ok(!unreachable.message.includes('secret'));
  assert.equal((rpcError(url, new Error('429 Too Many Requests')) as { code?: string }).code, 'RPC_REFUSED');
  assert.equal((rpcError(url, new Error('Invalid param')) as { code?: string }).code, 'RPC_ERROR');
});

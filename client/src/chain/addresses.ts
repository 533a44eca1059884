import { PublicKey } from '@solana/web3.js';
import { PsycheError } from '../errors.js';
import type { ProgramIds } from './program-ids.js';

/** Bytes of a run's id at most; it is a seed, and seeds have no more. */
export const RUN_ID_MAX = 32;

export const TOKEN_PROGRAM = new PublicKey('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
export const TOKEN_2022_PROGRAM = new PublicKey('TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb');
export const ASSOCIATED_TOKEN_PROGRAM = new PublicKey('ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL');

/** @throws PsycheError `BAD_RUN_ID` */
export function checkRunId(runId: string): string {
  const bytes = Buffer.byteLength(runId);
  if (bytes === 0 || bytes > RUN_ID_MAX || !/^[A-Za-z0-9._-]+$/.test(runId)) {
    throw new PsycheError('BAD_RUN_ID', `A run's id is 1 to ${RUN_ID_MAX} of the characters a-z, A-Z, 0-9, "-", "_" and "."; "${runId}" is not.`);
  }
  return runId;
}

/** The bump of each address derived here, by the object that was given out. */
const bumps = new WeakMap<PublicKey, number>();

function find(program: PublicKey, seeds: readonly Uint8Array[]): PublicKey {
  const [address, bump] = PublicKey.findProgramAddressSync([...seeds], program);
  bumps.set(address, bump);
  return address;
}

const derive = (program: PublicKey, ...seeds: (string | PublicKey)[]): PublicKey =>
  find(program, seeds.map((s) => (typeof s === 'string' ? Buffer.from(s, 'utf8') : s.toBuffer())));

/** How many bumps were tried in vain before an address derived by one of the functions below; a program that has to find it tries them too. */
export function missesOf(address: PublicKey): number {
  const bump = bumps.get(address);
  if (bump === undefined) throw new PsycheError('NOT_DERIVED', `${address.toBase58()} was not derived here: pass the very object that was.`);
  return 255 - bump;
}

/** Where a run's data is: made by its authority under its id as the seed. */
export const runAddress = (ids: ProgramIds, authority: PublicKey, runId: string): Promise<PublicKey> =>
  PublicKey.createWithSeed(authority, checkRunId(runId), ids.coordinator);

/** What makes a run's id unique and finds the run by it. */
export const instanceAddress = (ids: ProgramIds, runId: string): PublicKey => derive(ids.coordinator, 'run', checkRunId(runId));

export const manifestAddress = (ids: ProgramIds, run: PublicKey): PublicKey => derive(ids.coordinator, 'manifest', run);

export const memberAddress = (ids: ProgramIds, run: PublicKey, node: PublicKey): PublicKey =>
  derive(ids.coordinator, 'member', run, node);

/** What `grantor` lets `grantee` do; of `scope` at most 32 bytes. */
export const authorizationAddress = (ids: ProgramIds, grantor: PublicKey, grantee: PublicKey, scope: Uint8Array): PublicKey =>
  find(ids.authorizer, [Buffer.from('authorization'), grantor.toBuffer(), grantee.toBuffer(), scope]);

export const treasuryAddress = (ids: ProgramIds, run: PublicKey): PublicKey => derive(ids.treasurer, 'treasury', run);

export const claimRecordAddress = (ids: ProgramIds, treasury: PublicKey, member: PublicKey): PublicKey =>
  derive(ids.treasurer, 'claim', treasury, member);

/** The account in which `owner` holds tokens of `mint`, unless it chose another. */
export const tokenAddress = (mint: PublicKey, owner: PublicKey, tokenProgram: PublicKey): PublicKey =>
  find(ASSOCIATED_TOKEN_PROGRAM, [owner.toBuffer(), tokenProgram.toBuffer(), mint.toBuffer()]);

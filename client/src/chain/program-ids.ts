import { PublicKey } from '@solana/web3.js';
import { PsycheError } from '../errors.js';
import { authorizerIdl, coordinatorIdl, treasurerIdl } from './idl.js';

/** Where the programs live on the cluster in use. */
export interface ProgramIds {
  coordinator: PublicKey;
  treasurer: PublicKey;
  authorizer: PublicKey;
}

/**
 * The programs' addresses: what is given, else `PSYCHE_COORDINATOR_ID`, `PSYCHE_TREASURER_ID` and
 * `PSYCHE_AUTHORIZER_ID`, else those the interface descriptions in `idl/` were made with.
 *
 * @throws PsycheError `BAD_PROGRAM_ID`
 */
export function programIds(given: { [program in keyof ProgramIds]?: string } = {}): ProgramIds {
  return {
    coordinator: address('coordinator', given.coordinator ?? process.env.PSYCHE_COORDINATOR_ID ?? coordinatorIdl.address),
    treasurer: address('treasurer', given.treasurer ?? process.env.PSYCHE_TREASURER_ID ?? treasurerIdl.address),
    authorizer: address('authorizer', given.authorizer ?? process.env.PSYCHE_AUTHORIZER_ID ?? authorizerIdl.address),
  };
}

function address(program: string, text: string): PublicKey {
  try {
    return new PublicKey(text);
  } catch (cause) {
    throw new PsycheError('BAD_PROGRAM_ID', `"${text}" is no address for the ${program} program: base58 of 32 bytes.`, {
      cause,
    });
  }
}

import { Program } from '@coral-xyz/anchor';
import { type PublicKey, SystemProgram } from '@solana/web3.js';
import type { Authorizer } from '../../../idl/authorizer.js';
import { authorizationAddress, missesOf } from './addresses.js';
import type { Chain } from './chain.js';
import { AUTHORIZER_UNITS } from './compute-units.js';
import { call } from './coordinator-calls.js';
import { authorizerIdl } from './idl.js';
import type { Call } from './transaction.js';

/** Scope of joining every run whose join authority is the grantor; for one run alone the scope is its address. */
export const JOIN_SCOPE: Uint8Array = Buffer.from('psyche-join');

/** Builds the authorizer's instructions; nothing here touches the network. */
export class AuthorizerCalls {
  readonly #program: Program<Authorizer>;
  readonly #chain: Chain;

  constructor(chain: Chain) {
    this.#chain = chain;
    const idl = { ...authorizerIdl, address: chain.programs.authorizer.toBase58() };
    this.#program = new Program<Authorizer>(idl as Authorizer, { connection: chain.connection });
  }

  createAuthorization(grantor: PublicKey, grantee: PublicKey, scope: Uint8Array = JOIN_SCOPE): Promise<Call> {
    const authorization = authorizationAddress(this.#chain.programs, grantor, grantee, scope);
    const create = this.#program.methods.createAuthorization(grantee, Buffer.from(scope));
    const accounts = { grantor, authorization, systemProgram: SystemProgram.programId };
    return call('createAuthorization', create.accountsStrict(accounts), AUTHORIZER_UNITS.createAuthorization(missesOf(authorization)));
  }

  /** Suspends it, or makes it valid again. */
  setActive(grantor: PublicKey, authorization: PublicKey, active: boolean): Promise<Call> {
    return call('setActive', this.#program.methods.setActive(active).accountsStrict({ grantor, authorization }), AUTHORIZER_UNITS.setActive());
  }

  /** @param delegates at most 16 keys; they replace those named before. */
  setDelegates(grantee: PublicKey, authorization: PublicKey, delegates: readonly PublicKey[]): Promise<Call> {
    const accounts = { grantee, authorization, systemProgram: SystemProgram.programId };
    const set = this.#program.methods.setDelegates([...delegates]).accountsStrict(accounts);
    return call('setDelegates', set, AUTHORIZER_UNITS.setDelegates(delegates.length));
  }

  closeAuthorization(grantor: PublicKey, grantee: PublicKey, authorization: PublicKey): Promise<Call> {
    const close = this.#program.methods.closeAuthorization().accountsStrict({ grantor, grantee, authorization });
    return call('closeAuthorization', close, AUTHORIZER_UNITS.closeAuthorization());
  }
}

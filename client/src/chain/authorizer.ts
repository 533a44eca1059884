import { type Keypair, PublicKey } from '@solana/web3.js';
import bs58 from 'bs58';
import { authorizationAddress } from './addresses.js';
import { AUTHORIZATION_DISCRIMINATOR, type AuthorizationView, decodeAuthorization, GRANTEE_OFFSET, GRANTOR_OFFSET, permitsJoining } from './authorization.js';
import { AuthorizerCalls, JOIN_SCOPE } from './authorizer-calls.js';
import type { Chain } from './chain.js';
import type { Waiting } from './coordinator.js';
import { ChainError } from './errors.js';
import { requireSigner } from './keypair.js';
import { rpc } from './rpc.js';
import type { Sent } from './send.js';
import type { Call } from './transaction.js';

/** Which authorizations are meant; all that is given has to hold. */
export interface AuthorizationFilter {
  grantor?: PublicKey;
  grantee?: PublicKey;
  /** Named as a delegate. */
  delegate?: PublicKey;
}

/**
 * The authorizations of a cluster, seen and acted on in one key's name.
 *
 * @throws from every sending method: ChainError with the program's error.
 */
export class AuthorizerClient {
  readonly calls: AuthorizerCalls;

  /** @param signer the grantor or the grantee, as the method needs; needless for reading. */
  constructor(
    readonly chain: Chain,
    readonly signer?: Keypair,
  ) {
    this.calls = new AuthorizerCalls(chain);
  }

  /** Where the signer's authorization of `grantee` is, whether it is there or not. */
  addressFor(grantee: PublicKey, scope: Uint8Array = JOIN_SCOPE): PublicKey {
    return authorizationAddress(this.chain.programs, this.#signer.publicKey, grantee, scope);
  }

  /** Undefined where there is none. @throws ChainError `ACCOUNT_INVALID`, `RPC_*` */
  async fetch(address: PublicKey): Promise<AuthorizationView | undefined> {
    return (await this.#fetchSome([address]))[0];
  }

  /** All that match; an account that can't be read is left out, since it can't be used either. @throws ChainError `RPC_*` */
  async list({ grantor, grantee, delegate }: AuthorizationFilter = {}): Promise<AuthorizationView[]> {
    const filters = [
      { memcmp: { offset: 0, bytes: bs58.encode(AUTHORIZATION_DISCRIMINATOR) } },
      ...(grantor ? [{ memcmp: { offset: GRANTOR_OFFSET, bytes: grantor.toBase58() } }] : []),
      ...(grantee ? [{ memcmp: { offset: GRANTEE_OFFSET, bytes: grantee.toBase58() } }] : []),
    ];
    const { connection, programs, commitment } = this.chain;
    const found = await rpc(this.chain.rpcUrl, () => connection.getProgramAccounts(programs.authorizer, { commitment, filters }));
    const views = found.flatMap(({ pubkey, account }) => readable(pubkey, account.data));
    // Where delegates begin depends on the scope before them: no filter of the node's finds them.
    return delegate ? views.filter((v) => v.delegates.includes(delegate.toBase58())) : views;
  }

  /**
   * The authorization with which `node` can join `run`: its own for this run or for all, else one that names it as a
   * delegate. Undefined where there is none.
   *
   * @param grantor the run's join authority.
   */
  async toJoin(run: PublicKey, grantor: PublicKey, node: PublicKey): Promise<PublicKey | undefined> {
    const own = [run.toBytes(), JOIN_SCOPE].map((scope) => authorizationAddress(this.chain.programs, grantor, node, scope));
    const permits = (view: AuthorizationView): boolean => permitsJoining(view, grantor.toBase58(), node.toBase58(), run);
    const found = (await this.#fetchSome(own)).find(permits) ?? (await this.list({ grantor, delegate: node })).find(permits);
    return found && new PublicKey(found.address);
  }

  create(grantee: PublicKey, scope: Uint8Array = JOIN_SCOPE, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.createAuthorization(this.#signer.publicKey, grantee, scope), waiting);
  }

  /** Suspends it, or makes it valid again. */
  setActive(authorization: PublicKey, active: boolean, waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.setActive(this.#signer.publicKey, authorization, active), waiting);
  }

  /** By the grantee. @param delegates at most 16; they replace those named before. */
  setDelegates(authorization: PublicKey, delegates: readonly PublicKey[], waiting?: Waiting): Promise<Sent> {
    return this.#send(this.calls.setDelegates(this.#signer.publicKey, authorization, delegates), waiting);
  }

  /** For good; rent back to whom it came from. */
  close(authorization: AuthorizationView, waiting?: Waiting): Promise<Sent> {
    const { address, grantee } = authorization;
    return this.#send(this.calls.closeAuthorization(this.#signer.publicKey, new PublicKey(grantee), new PublicKey(address)), waiting);
  }

  get #signer(): Keypair {
    return requireSigner(this.signer);
  }

  async #fetchSome(addresses: readonly PublicKey[]): Promise<AuthorizationView[]> {
    const accounts = await this.chain.accounts(addresses);
    return accounts.flatMap((a, i) => (a?.owner.equals(this.chain.programs.authorizer) ? [decodeAuthorization(addresses[i].toBase58(), a.data)] : []));
  }

  async #send(call: Promise<Call>, waiting: Waiting = {}): Promise<Sent> {
    return this.chain.send([await call], { signers: [this.#signer], signal: waiting.signal });
  }
}

function readable(address: PublicKey, data: Buffer): AuthorizationView[] {
  try {
    return [decodeAuthorization(address.toBase58(), data)];
  } catch (error) {
    if (error instanceof ChainError) return [];
    throw error;
  }
}

import { PublicKey } from '@solana/web3.js';
import { ByteReader, ProtocolError, bytesEqual } from '../protocol/bytes.js';
import { JOIN_SCOPE } from './authorizer-calls.js';
import { ChainError } from './errors.js';
import { authorizerIdl } from './idl.js';

/** What one key lets another do. */
export interface AuthorizationView {
  /** Of the Authorization account, base58, as are all keys. */
  address: string;
  grantor: string;
  grantee: string;
  /** Not suspended. */
  active: boolean;
  /** 1 to 32 bytes: `"psyche-join"` or a run's address. */
  scope: Uint8Array;
  /** Keys that may use it in the grantee's stead, at most 16. */
  delegates: string[];
}

/** Where accounts can be filtered: after discriminator, version and bump; after the grantor. */
export const GRANTOR_OFFSET = 10;
export const GRANTEE_OFFSET = 42;

export const AUTHORIZATION_DISCRIMINATOR = Uint8Array.from(authorizerIdl.accounts.find((a) => a.name.toLowerCase() === 'authorization')?.discriminator ?? []);
const VERSION = 1;
const SCOPE_MAX = 32;
const MAX_DELEGATES = 16;

/**
 * Decodes an Authorization account: discriminator, version u8, bump u8, grantor, grantee, active u8, scope (length u32),
 * delegates (count u32). Total on hostile bytes: no length is believed before it was compared with its limit.
 *
 * @throws ChainError `ACCOUNT_INVALID`
 */
export function decodeAuthorization(address: string, data: Uint8Array): AuthorizationView {
  try {
    const reader = new ByteReader(data, 'authorization');
    const key = (): string => new PublicKey(reader.raw(32)).toBase58();
    if (!bytesEqual(reader.raw(8), AUTHORIZATION_DISCRIMINATOR)) throw new ProtocolError('BAD_TAG', 'another kind of account');
    const version = reader.u8();
    if (version !== VERSION) throw new ProtocolError('BAD_VERSION', `version ${version}`);
    reader.u8();
    const [grantor, grantee, active] = [key(), key(), reader.u8() !== 0];
    const scope = reader.raw(upTo(SCOPE_MAX, reader.u32()));
    const delegates = Array.from({ length: upTo(MAX_DELEGATES, reader.u32()) }, key);
    return { address, grantor, grantee, active, scope, delegates };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ChainError(
      'ACCOUNT_INVALID',
      `${address} is no authorization of this client's authorizer program (${cause.message}): check the address, or upgrade psyche-client.`,
      { cause },
    );
  }
}

function upTo(limit: number, length: number): number {
  if (length > limit) throw new ProtocolError('BAD_LENGTH', `a list of ${length} where ${limit} is the most`);
  return length;
}

/** Whether it lets `node` join `run` where joining takes `grantor`'s authorization, as `join_run` looks at it. */
export function permitsJoining(authorization: AuthorizationView, grantor: string, node: string, run: PublicKey): boolean {
  const { active, scope, grantee, delegates } = authorization;
  const covered = [JOIN_SCOPE, run.toBytes()].some((s) => bytesEqual(scope, s));
  return active && authorization.grantor === grantor && covered && (grantee === node || delegates.includes(node));
}

/** What a scope covers, in words. */
export function describeScope(scope: Uint8Array): string {
  if (bytesEqual(scope, JOIN_SCOPE)) return 'all runs';
  if (scope.length === 32) return `run ${new PublicKey(scope).toBase58()}`;
  return `unknown to this client: ${Buffer.from(scope).toString('hex')}`;
}

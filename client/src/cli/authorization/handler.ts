import { PublicKey } from '@solana/web3.js';
import { type AuthorizationView, AuthorizerClient, type Chain, CoordinatorClient, describeScope, JOIN_SCOPE, resolveRun } from '../../chain/index.js';
import { PsycheError } from '../../errors.js';
import { bytesEqual } from '../../protocol/bytes.js';
import { parseAddress } from '../common/address.js';
import { formatSol } from '../common/amounts.js';
import { withChain } from '../common/open-chain.js';
import { print, table } from '../common/output.js';
import { released } from '../common/released.js';
import type { AuthorizationFlags, DelegateFlags, ListFlags } from './options.js';

/** What a command about one authorization works with. */
interface Subject {
  chain: Chain;
  signal: AbortSignal;
  client: AuthorizerClient;
  grantee: PublicKey;
  scope: Uint8Array;
  address: PublicKey;
  /** Absent where it is not there. */
  found?: AuthorizationView;
}

/** Creates an authorization; one that is there and valid already is as good. @throws PsycheError `SUSPENDED` */
export function grant(key: string, flags: AuthorizationFlags): Promise<void> {
  return about(key, flags, async (subject) => {
    const { client, chain, grantee, scope, address, found, signal } = subject;
    if (found?.active === false) {
      throw new PsycheError(
        'SUSPENDED',
        `${key} is authorized for ${describeScope(scope)}, but suspended: \`psyche-client authorization restore ${key}${flags.run === undefined ? '' : ` --run ${flags.run}`}\` makes it valid again.`,
      );
    }
    const signature = found ? undefined : (await client.create(grantee, scope, { signal })).signature;
    const hint = flags.run === undefined ? '' : await joinAuthorityHint(chain, flags.run, client.signer!.publicKey);
    print(
      flags.output,
      `${key} ${found ? 'was' : 'is'} authorized to join ${describeScope(scope)}${found ? ' already' : ''}.${hint}`,
      { signature, ...shown(address, grantee, scope), active: true },
    );
  });
}

/** @throws PsycheError `NO_AUTHORIZATION`; ChainError `NOTHING_TO_CHANGE` */
export function setActive(key: string, flags: AuthorizationFlags, active: boolean): Promise<void> {
  return about(key, flags, async ({ client, grantee, scope, address, found, signal }) => {
    required(found, key, scope);
    const { signature } = await client.setActive(address, active, { signal });
    const text = active ? `${key} is authorized for ${describeScope(scope)} again.` : `${key} is suspended for ${describeScope(scope)}: it finishes its epoch, and joins no other.`;
    print(flags.output, text, { signature, ...shown(address, grantee, scope), active });
  });
}

/** @throws PsycheError `NO_AUTHORIZATION` */
export function remove(key: string, flags: AuthorizationFlags): Promise<void> {
  return about(key, flags, async ({ chain, client, grantee, scope, address, found, signal }) => {
    const authorization = required(found, key, scope);
    let signature = '';
    const lamports = await released(chain, [address], async () => ({ signature } = await client.close(authorization, { signal })));
    const shared = authorization.delegates.length > 0 ? ", the part of its delegates to the grantee" : '';
    print(
      flags.output,
      `${key} is not authorized for ${describeScope(scope)} any more; ${formatSol(lamports)} of rent came back${shared}.`,
      { signature, ...shown(address, grantee, scope), lamports },
    );
  });
}

export function list(flags: ListFlags): Promise<void> {
  return withChain(flags, async ({ chain, keypair }) => {
    const [grantor, grantee] = [flags.grantor, flags.grantee].map((text) => (text === undefined ? undefined : parseAddress(text)));
    const filter = grantor || grantee ? { grantor, grantee } : { grantor: (await keypair()).publicKey };
    const found = await new AuthorizerClient(chain).list(filter);
    found.sort((a, b) => (a.address < b.address ? -1 : 1));
    const rows = found.map((a) => [a.address, a.grantor, a.grantee, describeScope(a.scope), a.active ? 'valid' : 'suspended', String(a.delegates.length)]);
    const text = rows.length === 0 ? 'There are none.' : table([['authorization', 'grantor', 'grantee', 'for', 'state', 'delegates'], ...rows], [5]);
    print(flags.output, text, found);
  });
}

/** @throws PsycheError `NO_DELEGATES`, `NO_AUTHORIZATION`, `WHICH_AUTHORIZATION`; ChainError */
export function delegate(which: string, keys: string[], flags: DelegateFlags): Promise<void> {
  return withChain(flags, async ({ chain, signal, keypair }) => {
    if ((keys.length === 0) !== (flags.none === true)) {
      throw new PsycheError(
        'NO_DELEGATES',
        'Name the keys that may use the authorization, or nobody with --none.',
      );
    }
    const delegates = keys.map(parseAddress);
    const client = new AuthorizerClient(chain, await keypair());
    const authorization = await granted(client, parseAddress(which), flags.run);
    const { signature } = await client.setDelegates(new PublicKey(authorization.address), delegates, { signal });
    const text = keys.length === 0 ? `Nobody but the grantee can use ${authorization.address} now.` : `${keys.join(', ')} can use ${authorization.address} now, for ${describeScope(authorization.scope)}.`;
    print(flags.output, text, { signature, authorization: authorization.address, delegates: keys });
  });
}

/** The authorization at this address, or the one that this grantor has given the signer. */
async function granted(client: AuthorizerClient, which: PublicKey, run: string | undefined): Promise<AuthorizationView> {
  const itself = await client.fetch(which);
  if (itself) return itself;
  const grantee = client.signer!.publicKey;
  const all = await client.list({ grantor: which, grantee });
  const scope = run === undefined ? undefined : await scopeOf(client.chain, run);
  const [found, other] = scope === undefined ? all : all.filter((a) => bytesEqual(a.scope, scope));
  if (other) {
    throw new PsycheError(
      'WHICH_AUTHORIZATION',
      `${which.toBase58()} has given ${grantee.toBase58()} ${all.length} authorizations: name the run with --run, or the address of one of ${all.map((a) => a.address).join(', ')}.`,
    );
  }
  if (!found) {
    throw new PsycheError(
      'NO_AUTHORIZATION',
      `${which.toBase58()} is no authorization, and has given ${grantee.toBase58()} none${run === undefined ? '' : ` for ${run}`}: check -k, it has to be the grantee's key.`,
    );
  }
  return found;
}

function about(key: string, flags: AuthorizationFlags, work: (subject: Subject) => Promise<void>): Promise<void> {
  return withChain(flags, async ({ chain, signal, keypair }) => {
    const grantee = parseAddress(key);
    const client = new AuthorizerClient(chain, await keypair());
    const scope = await scopeOf(chain, flags.run);
    const address = client.addressFor(grantee, scope);
    await work({ chain, signal, client, grantee, scope, address, found: await client.fetch(address) });
  });
}

async function scopeOf(chain: Chain, run: string | undefined): Promise<Uint8Array> {
  return run === undefined ? JOIN_SCOPE : (await resolveRun(chain, run)).toBytes();
}

function required(found: AuthorizationView | undefined, key: string, scope: Uint8Array): AuthorizationView {
  if (found) return found;
  throw new PsycheError(
    'NO_AUTHORIZATION',
    `This key has not authorized ${key} for ${describeScope(scope)}: \`psyche-client authorization list\` shows what it has granted.`,
  );
}

/** Says where the authorization is of no use yet. */
async function joinAuthorityHint(chain: Chain, run: string, grantor: PublicKey): Promise<string> {
  const { joinAuthority, runId } = await (await CoordinatorClient.open(chain, run)).fetchRun();
  if (joinAuthority === undefined) return ` But ${runId} is open to anyone: \`psyche-client run set-join-authority\` makes it ask for this.`;
  return joinAuthority === grantor.toBase58() ? '' : ` But the join authority of ${runId} is ${joinAuthority}: only its authorization counts.`;
}

const shown = (address: PublicKey, grantee: PublicKey, scope: Uint8Array): object => ({ authorization: address.toBase58(), grantee: grantee.toBase58(), scope: describeScope(scope) });

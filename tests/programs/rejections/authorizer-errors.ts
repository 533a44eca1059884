import { PublicKey } from '@solana/web3.js';
import { authorizationAddress } from '../../../client/src/chain/addresses.js';
import { JOIN_SCOPE } from '../../../client/src/chain/authorizer-calls.js';
import type { Call } from '../../../client/src/chain/transaction.js';
import { both, type Provocation, type Provocations, swapped, when, withData } from './provocation.js';
import { MEMBERS, type Stage } from './stage.js';
import { VALID_CALLS } from './valid-calls.js';

const STATE = 'Uninitialized';
const valid = (name: string) => (stage: Stage): Promise<Call[]> => VALID_CALLS[`authorizer.${name}`](stage.run);
const granteeOf = ({ run }: Stage): PublicKey => run.nodes[MEMBERS].key.publicKey;
const addressOf = (stage: Stage): PublicKey =>
  authorizationAddress(stage.network.ids, stage.run.scene.authority.publicKey, granteeOf(stage), JOIN_SCOPE);
const create = (grantee?: PublicKey, scope?: Uint8Array) => (stage: Stage): Promise<Call> =>
  stage.network.authorizer.createAuthorization(stage.run.scene.authority.publicKey, grantee ?? granteeOf(stage), scope);

/** With a scope of 33 bytes, of which the address has the first 32. */
async function tooLong(stage: Stage): Promise<Call> {
  const call = await create(undefined, Buffer.alloc(32, 1))(stage);
  const at = 8 + 32;
  return withData(call, (data) => Buffer.concat([data.subarray(0, at), Buffer.of(33, 0, 0, 0), Buffer.alloc(33, 1)]));
}

const delegates = (count: number, key: (i: number) => PublicKey): Provocation['calls'] =>
  both(create(), (stage) => {
    const keys = Array.from({ length: count }, (_, i) => key(i));
    return stage.network.authorizer.setDelegates(granteeOf(stage), addressOf(stage), keys);
  });
const keyOf = (byte: number): PublicKey => new PublicKey(Buffer.alloc(32, byte));
/** The last of the calls by somebody who isn't the one it is for. */
const by = (name: string, own: (stage: Stage) => PublicKey) => async (stage: Stage): Promise<Call[]> => {
  const calls = await valid(name)(stage);
  return [...calls.slice(0, -1), swapped(calls.at(-1)!, own(stage), stage.run.scene.anyone.publicKey)];
};
const grantor = ({ run }: Stage): PublicKey => run.scene.authority.publicKey;

export const AUTHORIZER_ERRORS: Provocations = {
  'authorizer.create_authorization': [
    when(STATE, 'InvalidGrantee', create(PublicKey.default)),
    when(STATE, 'InvalidScope', create(undefined, new Uint8Array())),
    when(STATE, 'InvalidScope', tooLong),
    when(STATE, 'AccountInUse', both(create(), create())),
  ],
  'authorizer.set_active': [
    when(STATE, 'NothingToChange', both(create(), (stage) => stage.network.authorizer.setActive(grantor(stage), addressOf(stage), true))),
    when(STATE, 'NothingToChange', both(valid('set_active'), async (stage) => (await valid('set_active')(stage)).slice(-1))),
    when(STATE, 'NotGrantor', by('set_active', grantor)),
  ],
  'authorizer.set_delegates': [
    when(STATE, 'InvalidDelegates', delegates(17, (i) => keyOf(i + 1))),
    when(STATE, 'InvalidDelegates', delegates(2, () => keyOf(1))),
    when(STATE, 'InvalidDelegates', delegates(1, () => PublicKey.default)),
    when(STATE, 'NotGrantee', by('set_delegates', granteeOf)),
  ],
  'authorizer.close_authorization': [
    when(STATE, 'NotGrantor', by('close_authorization', grantor)),
    when(STATE, 'NotGrantee', by('close_authorization', granteeOf)),
    when(STATE, 'AccountNotInitialized', both(valid('close_authorization'), async (stage) => (await valid('close_authorization')(stage)).slice(-1))),
  ],
};

import { createHash } from 'node:crypto';
import { PublicKey } from '@solana/web3.js';
import { authorizationAddress, instanceAddress, manifestAddress, memberAddress } from '../../client/src/chain/addresses.js';
import { JOIN_SCOPE } from '../../client/src/chain/authorizer-calls.js';
import { loadOf } from '../../client/src/chain/load.js';
import type { Costs } from '../../tests/programs/support/costs.js';
import { Scene } from '../../tests/programs/support/scene.js';
import { SETTINGS, VERSION } from '../../tests/programs/support/settings.js';
import type { Accounts } from './accounts.js';

const DAY_SLOTS = (86_400 * 1000) / SETTINGS.slotMs;
/** What the client sends at once. */
const PART = 840;

/** What a run's authority does to a run without treasury, from its making to its closing. */
export async function measureRun(costs: Costs, accounts: Accounts): Promise<void> {
  const { network } = costs;
  const { coordinator } = network;
  const scene = await Scene.created({ network, runId: 'administered' });
  const { authority, run } = scene;
  const args = { runId: 'r'.repeat(32), config: SETTINGS, clientVersion: VERSION, treasury: PublicKey.default };
  await costs.of('create_run', coordinator.createRun(authority.publicKey, args), authority);
  const manifest = Buffer.alloc(4096, 'psyche ');
  for (let at = 0; at < manifest.length - PART; at += PART) {
    await costs.of(`write_manifest, ${PART} bytes`, scene.call('writeManifest', authority, at, manifest.subarray(at, at + PART), loadOf(scene.view())), authority);
  }
  const last = manifest.subarray(Math.floor((manifest.length - 1) / PART) * PART);
  const hash = createHash('sha256').update(manifest).digest();
  const parts = [await scene.call('writeManifest', authority, manifest.length - last.length, last, loadOf(scene.view())), await scene.call('sealManifest', authority, manifest.length, hash)];
  await costs.of('write_manifest, seal_manifest of 4096 bytes', parts, authority);
  await costs.of('update_config', scene.call('updateConfig', authority, SETTINGS, loadOf(scene.view())), authority);
  await costs.of('update_client_version', scene.call('updateClientVersion', authority, 'v'.repeat(32), loadOf(scene.view())), authority);
  await scene.ok('updateClientVersion', authority, VERSION);
  await costs.of('set_join_authority', coordinator.setJoinAuthority(authority.publicKey, run, authority.publicKey, loadOf(scene.view())), authority);
  await costs.of('resume', scene.call('resume', authority), authority);
  await measurePermission(costs, scene, accounts);
  accounts.note('Run', run);
  accounts.note('RunInstance', instanceAddress(network.ids, scene.runId));
  accounts.note('Manifest', manifestAddress(network.ids, run));
  await costs.of('pause', scene.call('pause', authority), authority);
  scene.pass(30 * DAY_SLOTS);
  await costs.of('finish', scene.call('finish', authority), authority);
  await costs.of('close_run', scene.call('closeRun', authority, scene.runId), authority);
}

/** Whoever may join a permissioned run: authorizations, delegates, and joining by them. */
async function measurePermission(costs: Costs, scene: Scene, accounts: Accounts): Promise<void> {
  const { network, authority, run } = scene;
  const { authorizer } = network;
  const [grantee, node] = [network.key('grantee'), scene.node(0)];
  const sixteen = Array.from({ length: 16 }, (_, i) => (i === 15 ? node.key : network.key(`delegate ${i}`)).publicKey);
  for (const [kind, scope] of [['all runs', JOIN_SCOPE], ['one run', run.toBytes()]] as const) {
    const authorization = authorizationAddress(network.ids, authority.publicKey, grantee.publicKey, scope);
    await costs.of('create_authorization', authorizer.createAuthorization(authority.publicKey, grantee.publicKey, scope), authority);
    accounts.note(`Authorization for ${kind}`, authorization);
    await costs.of('set_delegates, 1', authorizer.setDelegates(grantee.publicKey, authorization, sixteen.slice(0, 1)), grantee);
    await costs.of('set_delegates, 16', authorizer.setDelegates(grantee.publicKey, authorization, sixteen), grantee);
    accounts.note('the same with 16 delegates', authorization);
    await costs.of('set_active', authorizer.setActive(authority.publicKey, authorization, false), authority);
    await costs.of('set_active', authorizer.setActive(authority.publicKey, authorization, true), authority);
    const address = { kind: 'multiaddr', bytes: Buffer.alloc(48, 7) } as const;
    const joining = scene.joining(node, { authorization, address });
    await costs.of('join_run of a permissioned run, first', scene.call('joinRun', node.key, joining, loadOf(scene.view())), node.key);
    accounts.note('Member', memberAddress(network.ids, run, node.key.publicKey), scene.settings.joinDeposit);
    await costs.of('join_run of a permissioned run, again', scene.call('joinRun', node.key, joining, loadOf(scene.view()), true), node.key);
    await scene.ok('leaveRun', node.key);
    await costs.of('close_authorization', authorizer.closeAuthorization(authority.publicKey, grantee.publicKey, authorization), authority);
  }
}

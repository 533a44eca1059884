import assert from 'node:assert/strict';
import { it } from 'node:test';
import { treasuryAddress } from '../../client/src/chain/addresses.js';
import { harvestFeesCall } from '../../client/src/chain/tokens.js';
import { EXTENSIONS } from './support/extensions.js';
import { Network } from './support/network.js';
import { PaidRun } from './support/paid-run.js';
import { createMint, tokenAccount } from './support/tokens.js';

it('a treasury of a token with a transfer fee is closed when the fees withheld in its vault are harvested', async () => {
  const network = new Network();
  const mint = await createMint(network, network.key('authority of test-run'), { extensions: [EXTENSIONS.transferFee] });
  const paid = await PaidRun.funded(10_000n, { num: 1n, den: 1n }, { network, mint });
  const { scene, authority } = paid;
  await tokenAccount(network, authority, mint);
  await scene.ok('finish', authority);
  await network.ok(paid.withdraw(paid.held), authority);
  await network.ok(network.coordinator.closeRun(authority.publicKey, scene.run, scene.runId), authority);
  const close = await network.treasurer.closeTreasury(authority.publicKey, scene.run, mint);
  const refused = await network.send(close, authority);
  assert.match(JSON.stringify(refused.err), /Custom/, 'the vault holds the fees of what was put in');
  await network.ok([await harvestFeesCall(mint, paid.vault), close], authority);
  assert.equal(network.lamports(treasuryAddress(network.ids, scene.run)), 0n);
  assert.equal(network.lamports(paid.vault), 0n);
});

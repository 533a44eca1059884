import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { treasuryAddress } from '../../client/src/chain/addresses.js';
import { createTokenAccountCall } from '../../client/src/chain/tokens.js';
import { coolDown, playRound, startTraining } from './support/epoch.js';
import { EXTENSIONS } from './support/extensions.js';
import { Network } from './support/network.js';
import { PaidRun } from './support/paid-run.js';
import { Scene } from './support/scene.js';
import { createMint, mintTo, tokenAccount } from './support/tokens.js';

describe('create_treasury', () => {
  it('makes treasury and vault, and hands the rate to the run at once while it is Uninitialized', async () => {
    const paid = await PaidRun.funded(0n, { num: 3n, den: 2n });
    const { network } = paid.scene;
    assert.equal(network.bank.getAccount(treasuryAddress(network.ids, paid.scene.run))!.owner, network.ids.treasurer.toBase58());
    assert.equal(network.bank.getAccount(paid.vault)!.owner, paid.mint.program.toBase58());
    assert.deepEqual([paid.scene.view().rate, paid.scene.view().nextRate], [{ num: 3n, den: 2n }, { num: 3n, den: 2n }]);
  });

  it('is for the run\'s authority, a run that names it, and a rate that means something', async () => {
    const scene = await Scene.sealed({ treasury: true });
    const { network } = scene;
    const mint = await createMint(network, scene.authority);
    const create = (who = scene.authority, run = scene.run, rate = { num: 1n, den: 1n }) => network.treasurer.createTreasury(who.publicKey, run, mint, rate);
    await network.refused('NotAuthority', create(scene.anyone), scene.anyone);
    const without = await Scene.sealed({ network, runId: 'without' });
    await network.refused('WrongTreasury', create(without.authority, without.run), without.authority);
    await network.refused('InvalidRate', create(scene.authority, scene.run, { num: 1n, den: 0n }), scene.authority);
    // 3,000 points at this rate are 2^63 base units or more.
    await network.refused('InvalidRate', create(scene.authority, scene.run, { num: 2n ** 63n / 3000n + 1n, den: 1n }), scene.authority);
    await network.ok(create(), scene.authority);
    await network.refused('AccountInUse', create(), scene.authority);
  });

  it('takes a vault that somebody made before', async () => {
    const scene = await Scene.sealed({ treasury: true });
    const mint = await createMint(scene.network, scene.authority);
    const paid = await PaidRun.funded(0n, { num: 1n, den: 1n }, { network: scene.network, runId: 'next', mint });
    assert.equal(paid.held, 0n);
    await scene.network.ok(createTokenAccountCall(scene.anyone.publicKey, treasuryAddress(scene.network.ids, scene.run), mint), scene.anyone);
    await scene.network.ok(scene.network.treasurer.createTreasury(scene.authority.publicKey, scene.run, mint, { num: 1n, den: 1n }), scene.authority);
  });
});

describe('collateral', () => {
  for (const name of Object.keys(EXTENSIONS)) {
    const allowed = ['metadataPointer', 'transferFee'].includes(name);
    it(`of Token-2022 with ${name} is ${allowed ? 'allowed' : 'refused'}`, async () => {
      const scene = await Scene.sealed({ treasury: true });
      const mint = await createMint(scene.network, scene.authority, { extensions: [EXTENSIONS[name]], freezable: name === 'defaultAccountState' });
      const create = scene.network.treasurer.createTreasury(scene.authority.publicKey, scene.run, mint, { num: 1n, den: 1n });
      if (!allowed) return void (await scene.network.refused('ExtensionNotAllowed', create, scene.authority));
      const { logs } = await scene.network.ok(create, scene.authority);
      assert.equal(logs.some((line) => line.includes('warning: the mint can take a fee')), name === 'transferFee');
    });
  }

  it('with a freeze authority is allowed, with a warning', async () => {
    const scene = await Scene.sealed({ treasury: true });
    const mint = await createMint(scene.network, scene.authority, { freezable: true });
    const create = scene.network.treasurer.createTreasury(scene.authority.publicKey, scene.run, mint, { num: 1n, den: 1n });
    const { logs } = await scene.network.ok(create, scene.authority);
    assert.ok(logs.some((line) => line.includes('warning: the mint has a freeze authority')));
  });

  it('that is no mint is refused', async () => {
    const scene = await Scene.sealed({ treasury: true });
    const mint = await createMint(scene.network, scene.authority);
    const account = await tokenAccount(scene.network, scene.authority, mint);
    const create = scene.network.treasurer.createTreasury(scene.authority.publicKey, scene.run, { ...mint, address: account }, { num: 1n, den: 1n });
    assert.notEqual((await scene.network.send(create, scene.authority)).err, null);
  });
});

describe('fund', () => {
  it('takes tokens of the right mint, from their owner, into the vault', async () => {
    const paid = await PaidRun.funded(0n, { num: 1n, den: 1n });
    const { network, run } = paid.scene;
    await paid.fund(500n);
    assert.equal(paid.held, 500n);
    const other = network.key('funder');
    const from = await mintTo(network, paid.authority, paid.mint, other, 70n);
    const fund = (amount: bigint, who = other, account = from) => network.treasurer.fund(who.publicKey, run, paid.mint, account, amount);
    await network.ok(fund(20n), other);
    assert.equal(paid.held, 520n);
    await network.refused('InvalidAmount', fund(0n), other);
    assert.notEqual((await network.send(fund(51n), other)).err, null, 'more than there is');
    assert.notEqual((await network.send(fund(1n, paid.scene.anyone), paid.scene.anyone)).err, null, 'somebody else\'s tokens');
    const foreign = await createMint(network, paid.authority, { name: 'foreign' });
    const foreignAccount = await mintTo(network, paid.authority, foreign, other, 5n);
    await network.refused('WrongMint', fund(5n, other, foreignAccount), other);
    const wrongVault = await fund(5n);
    wrongVault.instruction.keys.find((k) => k.pubkey.equals(paid.vault))!.pubkey = await tokenAccount(network, paid.authority, paid.mint);
    await network.refused('WrongVault', wrongVault, other);
    assert.equal(paid.held, 520n);
  });

  it('counts what arrives where the mint takes a fee', async () => {
    const network = new Network();
    const mint = await createMint(network, network.key('authority of fees'), { extensions: [EXTENSIONS.transferFee] });
    const paid = await PaidRun.funded(1_000n, { num: 1n, den: 1n }, { network, runId: 'fees', mint });
    assert.equal(paid.held, 990n);
  });
});

describe('resume_run', () => {
  it('is refused while the treasury can\'t pay the next epoch, and says what is missing', async () => {
    // Three steps of 1,000 points at 1/2.
    const paid = await PaidRun.funded(1_499n, { num: 1n, den: 2n });
    const { network } = paid.scene;
    const { logs } = await network.refused('NotCovered', paid.resume(), paid.authority);
    assert.ok(logs.some((line) => line.includes('missing: 1 base units')));
    await network.refused('NotAuthority', network.treasurer.resumeRun(paid.scene.anyone.publicKey, paid.scene.run, paid.vault), paid.scene.anyone);
    await paid.fund(1n);
    await network.ok(paid.resume(), paid.authority);
    assert.equal(paid.scene.view().state, 'WaitingForMembers');
  });

  it('counts what is owed and not paid, and the next epoch at its own rate', async () => {
    // Epochs of 3 slots: the bound is 3 rounds, of which each run here plays one.
    const paid = await PaidRun.open(3_000n, { num: 1n, den: 1n }, { settings: { epochTime: 1, totalSteps: 5 } });
    const { scene } = paid;
    const nodes = scene.nodes(1);
    await startTraining(scene, nodes);
    await scene.ok('pause', paid.authority);
    await playRound(scene, nodes);
    await coolDown(scene, nodes);
    assert.equal(scene.view().state, 'Paused');
    await scene.network.ok(paid.setRate({ num: 2n, den: 1n }), paid.authority);
    const { logs } = await scene.network.refused('NotCovered', paid.resume(), paid.authority);
    assert.ok(logs.some((line) => line.includes('missing: 4000 base units')), 'owed 1,000, 3 rounds at 2,000, and 3,000 are there');
    await paid.fund(3_999n);
    await scene.network.refused('NotCovered', paid.resume(), paid.authority);
    await paid.fund(1n);
    await scene.network.ok(paid.resume(), paid.authority);
  });
});

describe('set_exchange_rate', () => {
  it('is the treasury\'s, and through it the authority\'s', async () => {
    const paid = await PaidRun.open(3_000n, { num: 1n, den: 1n });
    const { network, run, anyone } = paid.scene;
    await network.refused('NotAuthority', network.treasurer.setExchangeRate(anyone.publicKey, run, paid.vault, { num: 9n, den: 1n }), anyone);
    await network.refused('InvalidRate', paid.setRate({ num: 1n, den: 0n }), paid.authority);
    await network.ok(paid.setRate({ num: 0n, den: 1n }), paid.authority);
    assert.deepEqual([paid.scene.view().rate, paid.scene.view().nextRate], [{ num: 1n, den: 1n }, { num: 0n, den: 1n }]);
  });
});

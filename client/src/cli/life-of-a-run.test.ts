import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Idl } from '@coral-xyz/anchor';
import { Keypair, LAMPORTS_PER_SOL, SystemProgram } from '@solana/web3.js';
import { startValidator, type Validator } from '../../../localnet/src/index.js';
import { AuthorizerClient, Chain, CoordinatorClient, isProgramError, joinPermission, memberAddress, programIds, runAddress, tokenAddress, tokenBalance, treasuryAddress, TreasurerClient } from '../chain/index.js';
import { coordinatorIdl } from '../chain/idl.js';
import { layoutOf } from '../chain/layout.js';
import { bitmapOf, RUN_STATES, type RunView } from '../protocol/run-view.js';
import { PROJECT_ROOT } from '../version.js';
import type { ChainFlags } from './common/chain-options.js';
import { createRun } from './create-run/create-run.js';
import { parseSettings, type RunSettings } from './create-run/settings.js';
import { leave } from './leave/handler.js';
import { close, finish } from './run/handler.js';

const [authority, node, payout] = [Keypair.generate(), Keypair.generate(), Keypair.generate()];
const signal = AbortSignal.timeout(160_000);
let folder: string;
let validator: Validator;
let chain: Chain;
let settings: RunSettings;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'psyche-life-'));
  const ids = programIds();
  const programs = (['authorizer', 'coordinator', 'treasurer'] as const).map((name) => ({
    id: ids[name].toBase58(),
    path: join(PROJECT_ROOT, 'programs', 'deploy', `${name}.so`),
  }));
  validator = await startValidator({ port: 0, slotMs: 50, programs });
  chain = new Chain({ rpcUrl: validator.url, wsUrl: validator.wsUrl, commitment: 'confirmed', programs: ids });
  for (const [name, key] of Object.entries({ authority, node, payout })) {
    await chain.connection.requestAirdrop(key.publicKey, 2 * LAMPORTS_PER_SOL);
    while ((await chain.balance(key.publicKey)) === 0n) signal.throwIfAborted();
    await writeFile(join(folder, `${name}.json`), JSON.stringify([...key.secretKey]));
  }
  settings = await parseSettings(await demoWith({
    init_min_clients: 1, min_clients: 1, slot_ms: 50, total_steps: 2,
    warmup_time: 5, max_round_train_time: 5, round_witness_time: 2, cooldown_time: 5, epoch_time: 60, waiting_for_members_extra_time: 0,
  }), join(PROJECT_ROOT, 'templates'), { id: 'life' });
});
after(async () => {
  chain.close();
  await validator.stop();
  await rm(folder, { recursive: true });
});

async function demoWith(changes: Record<string, number>): Promise<string> {
  let text = await readFile(join(PROJECT_ROOT, 'templates', 'demo-run.toml'), 'utf8');
  for (const [key, value] of Object.entries(changes)) text = text.replace(new RegExp(`^(# )?${key} = \\d+`, 'm'), `${key} = ${value}`);
  return text;
}

/** Runs the command as a person does. */
function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = join(PROJECT_ROOT, 'client', 'src', 'cli', 'main.ts');
  const where = ['-u', validator.url, '--ws', validator.wsUrl];
  return new Promise((resolve) =>
    execFile(process.execPath, ['--import', import.meta.resolve('tsx'), main, ...args, ...where], { signal }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    ),
  );
}

/** What a command's handler is given, for those that are to fail and so print nothing. */
const flags = (key: string): ChainFlags => ({ url: validator.url, ws: validator.wsUrl, keypair: join(folder, `${key}.json`), output: 'text' });

test('creating a run: account, manifest, treasury, funds, open to members', async () => {
  const log: string[] = [];
  // Whoever guesses the id can send something to the run's address first; that must not keep it from being made there.
  const toPubkey = await runAddress(chain.programs, authority.publicKey, 'life');
  const dust = SystemProgram.transfer({ fromPubkey: node.publicKey, toPubkey, lamports: 1_000_000 });
  await chain.send([{ name: 'transfer', instruction: dust, computeUnits: 1_000 }], { signers: [node], signal });
  const created = await createRun({ chain, authority, settings, open: false, log: (line) => log.push(line) }, signal);
  assert.equal(log.length, 3);
  const client = await CoordinatorClient.open(chain, 'life');
  assert.ok(client.run.equals(created.run));
  assert.deepEqual(JSON.parse(await client.fetchManifest()), settings.manifest);
  let run = await client.fetchRun();
  assert.deepEqual([run.state, run.runId, run.authority], ['Uninitialized', 'life', authority.publicKey.toBase58()]);
  assert.deepEqual(run.rate, { num: 1n, den: 1n });
  assert.equal((await new TreasurerClient(chain, client.run).fetch()).held, 2_000_000n);

  // Called again it goes on where it stopped; after that there is nothing to go on with.
  assert.equal(run.joinAuthority, undefined);
  await createRun({ chain, authority, settings: { ...settings, joinAuthority: 'self' } }, signal);
  run = await client.fetchRun();
  assert.deepEqual([run.state, run.joinAuthority], ['WaitingForMembers', authority.publicKey.toBase58()]);
  assert.equal(run.config.maxRoundTrainSlots, 100);
  await assert.rejects(createRun({ chain, authority, settings }, signal), { code: 'RUN_EXISTS' });
  await assert.rejects(createRun({ chain, authority: node, settings }, signal), { code: 'RUN_ID_TAKEN' });
  await assert.rejects(CoordinatorClient.open(chain, 'nothing'), { code: 'RUN_NOT_FOUND' });
});

test('a permissioned run: granted by the join authority, used by a delegate, suspended, restored', async () => {
  const client = await CoordinatorClient.open(chain, 'life', node);
  const run = await client.fetchRun();
  const key = node.publicKey.toBase58();
  const refused = { code: 'NOT_AUTHORIZED', message: new RegExp(`permissioned by ${authority.publicKey.toBase58()}.*authorization grant ${key} --run life`) };
  await assert.rejects(joinPermission(chain, run, node.publicKey), refused);
  const join1 = { payout: payout.publicKey, capacity: 2, address: { kind: 'none' }, clientVersion: settings.clientVersion } as const;
  await assert.rejects(client.joinRun(join1, { signal }), (e) => isProgramError(e, 'NotAuthorized'));

  const granted = await cli('authorization', 'grant', payout.publicKey.toBase58(), '--run', 'life', '-k', join(folder, 'authority.json'));
  assert.deepEqual([granted.code, granted.stdout], [0, `${payout.publicKey.toBase58()} is authorized to join run ${client.run.toBase58()}.\n`], granted.stderr);
  await assert.rejects(joinPermission(chain, run, node.publicKey), refused);
  const named = await cli('authorization', 'delegate', authority.publicKey.toBase58(), key, '-k', join(folder, 'payout.json'), '--output', 'json');
  assert.equal(named.code, 0, named.stderr);
  const { authorization } = JSON.parse(named.stdout) as { authorization: string };
  const permission = (await joinPermission(chain, run, node.publicKey))!;
  assert.equal(permission.toBase58(), authorization);

  const authorizer = new AuthorizerClient(chain, authority);
  await authorizer.setActive(permission, false, { signal });
  await assert.rejects(joinPermission(chain, run, node.publicKey), refused);
  await assert.rejects(client.joinRun({ ...join1, authorization: permission }, { signal }), (e) => isProgramError(e, 'NotAuthorized'));
  await authorizer.setActive(permission, true, { signal });

  // The node's own comes first, for all runs as good as for one.
  await authorizer.create(node.publicKey, undefined, { signal });
  const own = (await joinPermission(chain, run, node.publicKey))!;
  assert.deepEqual(own, authorizer.addressFor(node.publicKey));
  const [listed, none] = await Promise.all([authorizer.list({ grantor: authority.publicKey }), authorizer.list({ grantor: authority.publicKey, grantee: payout.publicKey, delegate: payout.publicKey })]);
  assert.deepEqual([listed.map((a) => a.address).sort(), none], [[own.toBase58(), authorization].sort(), []]);
  const removed = await cli('authorization', 'remove', key, '-k', join(folder, 'authority.json'), '--output', 'json');
  assert.equal(removed.code, 0, removed.stderr);
  assert.equal(await authorizer.fetch(own), undefined);
});

test('a whole run of one member, through the typed clients', async () => {
  const client = await CoordinatorClient.open(chain, 'life', node);
  await assert.rejects(client.tick({ signal }), (e) => isProgramError(e, 'TooEarly'));
  const address = { kind: 'multiaddr', bytes: Uint8Array.from([4, 127, 0, 0, 1, 6, 35, 40]) } as const;
  await assert.rejects(leave('life', flags('node')), { code: 'NOT_A_MEMBER' });
  const authorization = await joinPermission(chain, await client.fetchRun(), node.publicKey);
  await client.joinRun({ payout: payout.publicKey, capacity: 2, address, clientVersion: settings.clientVersion, authorization }, { signal });
  const [member] = await client.fetchMembers();
  assert.deepEqual([member.node, member.payout, member.capacity, member.deposit], [node.publicKey.toBase58(), payout.publicKey.toBase58(), 2, 1_000_000n]);
  assert.deepEqual(member.network, address);

  const states = new Set<string>();
  let asked = false;
  await new Promise<void>((resolve, reject) => {
    let busy = Promise.resolve();
    const stop = client.subscribe((run) => {
      states.add(run.state);
      busy = busy.then(async () => {
        if (run.state === 'Finished') return void (stop(), resolve());
        if (run.state === 'Warmup' && !asked) await assert.rejects(leave('life', flags('node')), { code: 'IN_RUNNING_EPOCH' });
        asked ||= run.state === 'Warmup';
        await act(client, run);
      });
      busy.catch((error: unknown) => (stop(), reject(error as Error)));
    });
  });
  for (const state of ['Warmup', 'RoundTrain', 'Cooldown', 'Finished']) assert.ok(states.has(state), state);

  const run = await client.fetchRun();
  assert.deepEqual([run.step, run.pointsAwardedTotal, run.pointsEarnedTotal + run.carry], [2, 2_000_000n, 2_000_000n]);
  assert.deepEqual(Buffer.from(run.epochHash), Buffer.alloc(32, 3));
});

/** What the one member does in each state; losing a race against time or itself does not matter. */
async function act(client: CoordinatorClient, seen: RunView): Promise<void> {
  const run = await client.fetchRun();
  if (run.stateStartSlot !== seen.stateStartSlot && run.state !== seen.state) return;
  const harmless = ['TooEarly', 'SeedTooEarly', 'SeedAlreadyPinned', 'SeedNotPinned', 'WrongState', 'WrongRound', 'AlreadyWarm', 'AlreadySettled', 'NotSettled'];
  const attempt = (sent: Promise<unknown>): Promise<unknown> => sent.catch((e: unknown) => (isProgramError(e, ...harmless) ? undefined : Promise.reject(e as Error)));
  const { epoch, round } = run;
  const me = run.members[0];
  while (!run.seedPinned && ['Warmup', 'RoundTrain'].includes(run.state) && (await chain.slot()) <= Number(run.seedSlot)) signal.throwIfAborted();
  if (!run.seedPinned && ['Warmup', 'RoundTrain'].includes(run.state)) return void (await attempt(client.pinSeed({ signal })));
  if (run.state === 'Warmup' && me.state === 'Joined') await attempt(client.warmupWitness({ epoch }, { signal }));
  if (run.state === 'RoundTrain' && !run.votes[0]?.voted) {
    const metrics = { loss: 3.5, tokensPerSecond: 1000, bytesUp: 1, bytesDown: 2n, evals: [{ name: 'heldout', value: 3.4 }], sample: [1, 2] };
    const vote = { epoch, round, position: 0, memberIndex: 0, bitmap: bitmapOf([0]), root: Buffer.alloc(32, 1), parameterHash: Buffer.alloc(32, 2), possession: Buffer.alloc(32), metrics };
    await attempt(client.witness(vote, { signal }));
  }
  if (run.state === 'Cooldown' && !me.cooldownVoted) await attempt(client.cooldownWitness({ epoch, hash: Buffer.alloc(32, 3) }, { signal }));
  if (run.state === 'Cooldown' && !me.settled) await attempt(client.settle({ epoch, members: run.members }, { signal }));
  await attempt(client.tick({ signal }));
}

test('the command line shows it, claims, and withdraws the rest', async () => {
  const [shown, text] = await Promise.all([cli('run', 'show', 'life', '--output', 'json'), cli('run', 'show', '--run', 'life')]);
  assert.deepEqual([shown.code, shown.stderr], [0, '']);
  assert.match(text.stdout, /Finished[^]*2 of 2[^]*covers/);
  const run = JSON.parse(shown.stdout) as { state: string; coverage: { owed: string; free: string } };
  assert.equal(run.state, 'Finished');

  const claimed = await cli('claim', 'life', '-k', join(folder, 'payout.json'), '--output', 'json');
  assert.equal(claimed.code, 0, claimed.stderr);
  const { total } = JSON.parse(claimed.stdout) as { total: string };
  assert.equal(total, run.coverage.owed);
  const client = await CoordinatorClient.open(chain, 'life');
  const { mint } = await new TreasurerClient(chain, client.run).fetch();
  assert.equal(await tokenBalance(chain, tokenAddress(mint.address, payout.publicKey, mint.program)), BigInt(total));

  assert.equal(run.coverage.free, '0');
  const [again, wrong, withdrawn, ticked] = await Promise.all([
    cli('claim', 'life', '-k', join(folder, 'payout.json')),
    cli('claim', 'life', '-k', join(folder, 'node.json')),
    cli('run', 'withdraw', 'life', '-k', join(folder, 'authority.json')),
    cli('run', 'tick', 'life', '-k', join(folder, 'node.json')),
  ]);
  assert.match(again.stdout, /Nothing to claim/);
  assert.match(wrong.stderr, /payout key/);
  assert.match(withdrawn.stderr, /owed to members/);
  for (const refused of [wrong, withdrawn, ticked]) {
    assert.deepEqual([refused.code, refused.stdout], [1, '']);
    assert.match(refused.stderr, /^error: [^\n]*\.\n$/);
  }
});

test('everything is closed: the deposit, the members\' accounts, the run, its treasury', async () => {
  const client = await CoordinatorClient.open(chain, 'life');
  await assert.rejects(close('life', flags('authority')), { code: 'MEMBERS_REMAIN', message: /1 members? .*claim life --close.*In 90 days/ });
  await assert.rejects(finish('life', flags('authority')), { code: 'NOT_FINISHABLE' });
  const account = memberAddress(chain.programs, client.run, node.publicKey);
  const left = await cli('leave', '--run', 'life', '-k', join(folder, 'node.json'), '--output', 'json');
  assert.deepEqual([left.code, (JSON.parse(left.stdout) as { lamports: string }).lamports], [0, '1000000'], left.stderr);
  await assert.rejects(leave('life', flags('node')), { code: 'ALREADY_LEFT' });

  const rent = await chain.balance(account);
  const args = ['claim', 'life', '--close', '-k', join(folder, 'payout.json'), '--output', 'json'];
  const [alone, both] = [await cli(...args), await cli(...args, '--node', join(folder, 'node.json'))];
  assert.match(alone.stderr, /takes its node key too/);
  assert.equal(both.code, 0, both.stderr);
  const { closed: [closed] } = JSON.parse(both.stdout) as { closed: { node: string; toNode: string; toPayout: string }[] };
  assert.deepEqual([closed.node, BigInt(closed.toNode)], [node.publicKey.toBase58(), rent]);
  assert.ok(BigInt(closed.toPayout) > 0n && (await chain.account(account)) === undefined);

  const before = await chain.balance(authority.publicKey);
  const done = await cli('run', 'close', 'life', '-k', join(folder, 'authority.json'), '--output', 'json');
  assert.equal(done.code, 0, done.stderr);
  const { lamports, withdrawn } = JSON.parse(done.stdout) as { lamports: string; withdrawn: string };
  // All but the fees of two transactions.
  assert.equal((await chain.balance(authority.publicKey)) - before, BigInt(lamports) - 10_000n);
  assert.equal(withdrawn, '0');
  await assert.rejects(client.fetchRun(), { code: 'RUN_NOT_FOUND' });
  await assert.rejects(close('life', flags('authority')), { code: 'ALREADY_CLOSED' });
});

test('90 days after the end the authority closes what members have left behind, and gets the rest of the vault', async () => {
  const { run } = await createRun({ chain, authority, settings: { ...settings, runId: 'left' } }, signal);
  const client = new CoordinatorClient(chain, run, node);
  await client.joinRun({ payout: payout.publicKey, capacity: 1, address: { kind: 'none' }, clientVersion: settings.clientVersion }, { signal });
  finishNow(run.toBase58());
  validator.bank.advanceSlots((90 * 86_400 * 1000) / 400);
  const [member, before] = [memberAddress(chain.programs, run, node.publicKey), await chain.balance(node.publicKey)];
  const held = await chain.balance(member);
  const closed = await cli('run', 'close', 'left', '-k', join(folder, 'authority.json'), '--output', 'json');
  assert.equal(closed.code, 0, closed.stderr);
  const { membersClosed, withdrawn } = JSON.parse(closed.stdout) as { membersClosed: number; withdrawn: string };
  assert.deepEqual([membersClosed, withdrawn, (await chain.balance(node.publicKey)) - before], [1, '2000000', held]);
  for (const gone of [run, member, treasuryAddress(chain.programs, run)]) assert.equal(await chain.account(gone), undefined);
});

/** Ends a run without its steps. */
function finishNow(address: string): void {
  const account = validator.bank.getAccount(address)!;
  const data = Buffer.from(account.data);
  const { offset } = layoutOf(coordinatorIdl as unknown as Idl, 'Run').fields!.get('state')!;
  data[8 + offset] = RUN_STATES.indexOf('Finished');
  validator.bank.setAccount(address, { ...account, data });
}

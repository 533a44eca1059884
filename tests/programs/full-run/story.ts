import assert from 'node:assert/strict';
import type { ConfigArgs } from '../../../client/src/chain/coordinator-calls.js';
import type { MintInfo } from '../../../client/src/chain/tokens.js';
import type { Rate } from '../../../client/src/chain/treasurer-calls.js';
import { bitmapOf, findRound } from '../../../client/src/protocol/run-view.js';
import { ballot, hashOf, nodeOf, pinSeed, settleAll } from '../support/epoch.js';
import { Network } from '../support/network.js';
import { PaidRun } from '../support/paid-run.js';
import type { Node, Scene } from '../support/scene.js';
import { SETTINGS } from '../support/settings.js';
import { createMint } from '../support/tokens.js';
import { Accounts } from './accounts.js';
import { Expected, type RoundStory } from './expected.js';

/** One run with a treasury as its members live it: what happens is told here, what must come of it is reckoned apart. */
export class Story {
  readonly states: string[] = [];
  readonly expected: Expected;

  private constructor(readonly paid: PaidRun, readonly accounts: Accounts, readonly settings: ConfigArgs) {
    this.expected = new Expected(settings);
  }

  /** A sealed run with a treasury that holds what the first epoch can cost, and not a unit more. */
  static async begin(changes: Partial<ConfigArgs>, rate: Rate, token2022: boolean): Promise<Story> {
    const network = new Network();
    const accounts = new Accounts(network);
    const settings = { ...SETTINGS, ...changes };
    const authority = network.key('authority of test-run');
    const mint: MintInfo = await createMint(network, authority, { token2022 });
    const cost = BigInt(settings.totalSteps) * settings.pointsPerStep * rate.num;
    const story = new Story(
      await PaidRun.funded((cost + rate.den - 1n) / rate.den, rate, { network, settings, mint }), accounts, settings,
    );
    story.seen();
    return story;
  }

  get scene(): Scene {
    return this.paid.scene;
  }

  get network(): Network {
    return this.scene.network;
  }

  /** Notes the state, where it is another one. */
  seen(): void {
    const { state } = this.scene.view();
    if (this.states.at(-1) !== state) this.states.push(state);
  }

  async tick(): Promise<void> {
    await this.scene.tick();
    this.seen();
  }

  async join(nodes: readonly Node[]): Promise<void> {
    for (const node of nodes) await this.scene.join(node, { capacity: capacityOf(node) });
  }

  /** WaitingForMembers → Warmup with everyone on the list. */
  async startEpoch(rate: Rate): Promise<void> {
    this.scene.pass(this.settings.waitingForMembersExtraTime * 3);
    await this.tick();
    this.expected.startEpoch(this.scene.view().members.map(({ key, capacity }) => ({ key, capacity })), rate);
  }

  /** Warmup → round 0. The others are cold: they are not in the epoch, and their deposits are forfeit. */
  async warmUp(warm: readonly Node[], everyone: readonly Node[]): Promise<void> {
    const { epoch, members, config } = this.scene.view();
    for (const node of warm) await this.scene.ok('warmupWitness', node.key, epoch);
    await pinSeed(this.scene);
    if (warm.length < members.length) this.scene.pass(config.warmupSlots);
    await this.tick();
    for (const { index } of members) {
      const node = nodeOf(this.scene.view(), index, everyone);
      if (warm.includes(node)) continue;
      this.expected.drop(index);
      this.forfeit(node);
    }
  }

  /** The node's deposit goes to the run, whose lamports the authority has in the end. */
  forfeit(node: Node): void {
    this.accounts.lose(node.key, this.settings.joinDeposit);
    this.accounts.lose(this.scene.authority, -this.settings.joinDeposit);
  }

  /** The seed of the present round, pinned if it is not. */
  async seed(): Promise<Uint8Array> {
    if (!this.scene.view().seedPinned) await pinSeed(this.scene);
    const run = this.scene.view();
    return findRound(run, run.epoch, run.round)!.seed;
  }

  /** A round that is decided: early where all is well, else as RoundWitness ends. */
  async round(nodes: readonly Node[], told: RoundStory = {}): Promise<void> {
    const { missing = [], silent = [] } = told;
    const seed = await this.seed();
    const { config } = this.scene.view();
    const well = missing.length === 0 && silent.length === 0;
    if (!well) {
      this.scene.pass(config.maxRoundTrainSlots);
      await this.tick();
      this.scene.pass(config.roundWitnessSlots - 1);
    }
    const run = this.scene.view();
    assert.deepEqual([run.batchSize, run.carry], [this.expected.batch, this.expected.carry]);
    const bitmap = bitmapOf(this.expected.trainers(seed).filter((i) => !missing.includes(i)));
    for (const [position, index] of this.expected.roles(seed).witnesses.entries()) {
      if (silent.includes(index)) continue;
      await this.scene.ok('witness', nodeOf(run, index, nodes).key, { ...ballot(run, position), bitmap });
    }
    if (!well) this.scene.pass(1);
    await this.tick();
    this.expected.decide(seed, told);
    this.#checkPoints();
  }

  /** A round that nobody votes in. */
  async undecided(): Promise<void> {
    await this.seed();
    const { config, step } = this.scene.view();
    this.scene.pass(config.maxRoundTrainSlots);
    await this.tick();
    this.scene.pass(config.roundWitnessSlots);
    await this.tick();
    assert.equal(this.scene.view().step, step);
    this.#checkPoints();
  }

  /** What a round showed of a member is acted on: it is out. */
  async drop(round: number, index: number): Promise<void> {
    await this.scene.ok('healthCheck', this.scene.anyone, this.scene.view().epoch, round, index);
    this.expected.drop(index);
  }

  /** Cooldown: who was warm votes, all is settled, and the next state begins. */
  async coolDown(voters: readonly Node[]): Promise<void> {
    const { scene } = this;
    const { epoch } = scene.view();
    const hash = hashOf(`θ of ${epoch}`);
    for (const node of voters) await scene.ok('cooldownWitness', node.key, epoch, hash);
    assert.deepEqual(scene.view().epochHash, Uint8Array.from(hash));
    await settleAll(scene);
    await this.tick();
    this.expected.settle();
    const run = scene.view();
    assert.deepEqual([run.epoch, run.epochPoints, run.pointsEarnedTotal + run.carry], [epoch + 1, 0n, run.pointsAwardedTotal]);
  }

  /** Settles the deposits that a called-off Warmup left forfeit. */
  async settleForfeits(): Promise<void> {
    await settleAll(this.scene);
  }

  /** A new or paused run goes on; what the treasury lacks for that, as the refusal names it, is added to the last unit. */
  async resume(): Promise<void> {
    const { network, authority } = this.scene;
    const { err, logs } = await network.send(this.paid.resume(), authority);
    if (err !== null) {
      const missing = BigInt(
        logs.map((line) => /missing: (\d+) base units/.exec(line)?.[1]).find((amount) => amount !== undefined)!
      );
      await this.paid.fund(missing - 1n);
      await network.refused('NotCovered', this.paid.resume(), authority);
      await this.paid.fund(1n);
      await network.ok(this.paid.resume(), authority);
    }
    this.seen();
  }

  #checkPoints(): void {
    const run = this.scene.view();
    const { expected } = this;
    assert.deepEqual(
      [run.pointsAwardedTotal, run.carry, run.tokensProcessed], [expected.awarded, expected.carry, expected.tokens],
    );
    assert.deepEqual(run.members.map((m) => m.points), expected.epochPoints);
  }

  /** What is on a node's account is what the story says. */
  checkMember(node: Node): void {
    const key = node.key.publicKey.toBase58();
    const member = this.scene.member(node);
    assert.deepEqual(
      [member?.points, member?.owed], [this.expected.points.get(key) ?? 0n, this.expected.owed.get(key) ?? 0n],
      `${key} in its account`,
    );
  }

  /** Whole base units that a node is owed. */
  owed(node: Node): bigint {
    return (this.expected.owed.get(node.key.publicKey.toBase58()) ?? 0n) >> 64n;
  }

  /** Everything but what outlives a run on purpose: the id stays taken. */
  remaining(): string[] {
    const { bank, ids } = this.network;
    return [ids.coordinator, ids.treasurer].flatMap(
      (id) => [...bank.getProgramAccounts(id.toBase58())].map(([address]) => address)
    );
  }
}

/** 1 to 8, by the node's key. */
const capacityOf = (node: Node): number => 1 + (node.key.publicKey.toBytes()[0] % 8);


import { createHash } from 'node:crypto';
import { PublicKey } from '@solana/web3.js';
import { REFUSAL_UNITS } from '../../client/src/chain/compute-units.js';
import { loadOf } from '../../client/src/chain/load.js';
import type { Call } from '../../client/src/chain/transaction.js';
import { quorum } from '../../client/src/protocol/quorum.js';
import { bitmapOf } from '../../client/src/protocol/run-view.js';
import { Costs } from '../../tests/programs/support/costs.js';
import { ballot, hashOf, nodeOf, startEpoch } from '../../tests/programs/support/epoch.js';
import { type Node, Scene } from '../../tests/programs/support/scene.js';
import { conviction, join, METRICS, SETTLED_AT_ONCE } from './measure-epoch.js';
import { type RunBytes, Snapshot } from './patch.js';

/** The costliest transaction of a kind that was found. */
export interface Worst {
  units: number;
  /** What the client would have asked for, without the room to be refused. */
  limit: number;
  /** How many were tried. */
  tried: number;
}

const HEALTHY = 1;
const ROUND_WITNESS = 4;
const DROPPED = 2;
const PAUSED = 7;
const SLOTS = 1_000_000;

/** Numbers in 0..bound from a name, the same in every run. */
const dice = (name: string, bound: number): number => createHash('sha256').update(name).digest().readUInt32LE(0) % bound;

/**
 * Looks for the costliest states of a run of this size: the run's account is put before each tick, draw and vote again and
 * again, each time with other seeds, orders, capacities, batches, lists, votes and losses, and the costliest is kept.
 */
export async function findWorst(size: number, seeds: number): Promise<Map<string, Worst>> {
  const batch = { globalBatchSizeStart: 4099, globalBatchSizeEnd: 4099 };
  const settings = { ...batch, totalSteps: 4, initMinClients: size, epochTime: SLOTS, warmupTime: 4, cooldownTime: 400 };
  const search = new Search(await Scene.open({ settings }), size);
  await search.warmup(seeds);
  await search.rounds(seeds);
  await search.cooldown();
  return search.found;
}

class Search {
  readonly found = new Map<string, Worst>();
  readonly nodes: Node[];

  constructor(readonly scene: Scene, readonly size: number) {
    this.nodes = scene.nodes(size);
  }

  async #try(label: string, calls: Promise<Call | Call[]>, signer = this.scene.anyone): Promise<void> {
    const costs = new Costs(this.scene.network);
    await costs.of(label, calls as Promise<Call[]>, signer);
    const { units, limit } = costs.row(label);
    const former = this.found.get(label) ?? { units: 0, limit: Infinity, tried: 0 };
    const closer = limit - REFUSAL_UNITS - units < former.limit - former.units;
    const kept = closer ? { units, limit: limit - REFUSAL_UNITS } : { units: former.units, limit: former.limit };
    this.found.set(label, { ...kept, units: Math.max(units, kept.units), tried: former.tried + 1 });
  }

  #tick(label: string): Promise<void> {
    return this.#try(label, this.scene.call('tick', this.scene.anyone, loadOf(this.scene.view())));
  }

  /** Round 0's draw for every seed, with members that did not come; and an epoch that does not come about. */
  async warmup(seeds: number): Promise<void> {
    const { scene, nodes, size } = this;
    await startEpoch(scene, nodes, nodes.map((_, i) => 1 + (i % 8)));
    scene.pass(Number(scene.view().seedSlot) + 1 - scene.network.slot);
    await scene.ok('pinSeed', scene.anyone);
    for (const node of nodes) await scene.ok('warmupWitness', node.key, 0);
    scene.pass(scene.view().config.warmupSlots);
    const warm = new Snapshot(scene);
    for (let seed = 0; seed < seeds; seed++) {
      warm.restore((run) => {
        hashOf(`seed ${seed}`).forEach((byte, i) => (run.at('rounds', 0, 'seed')[i] = byte));
        this.#shape(run, seed);
        this.#lose(run, seed % 2 === 0 ? 0 : dice(`cold ${seed}`, Math.ceil(size / 4)), 0);
      });
      await this.#tick('tick that opens round 0');
    }
    if (size > 1) {
      warm.restore((run) => {
        run.set(size, 'config', 'minClients');
        this.#lose(run, 1, 0);
      });
      await this.#tick('tick that calls an epoch off');
    }
    warm.restore();
    await scene.tick();
    for (const [i, node] of nodes.entries()) await scene.network.ok(join(scene, node, 1 + (i % 8)), node.key);
  }

  /** Capacities and batch of this seed. */
  #shape(run: RunBytes, seed: number): void {
    const kinds = [[1], [8], [1, 8], [7, 8], [1, 2, 3, 4, 5, 6, 7, 8]][seed % 5];
    for (let i = 0; i < this.size; i++) run.set(kinds[dice(`capacity ${seed} ${i}`, kinds.length)], 'members', i, 'capacity');
    const batch = [1, this.size, 4099, 65_535, 1_000_000][dice(`batch ${seed}`, 5)] + dice(`more ${seed}`, 100);
    for (const field of ['globalBatchSizeStart', 'globalBatchSizeEnd']) run.set(batch, 'config', field);
    run.set(batch, 'batchSize');
  }

  /** So many members are in another state. */
  #lose(run: RunBytes, count: number, state: number): void {
    for (let i = 0; i < count; i++) run.set(state, 'members', i, 'state');
    run.set(this.size - count, 'healthyCount');
  }

  /** Votes, closings and draws. */
  async rounds(seeds: number): Promise<void> {
    const { scene } = this;
    const open = new Snapshot(scene);
    await this.#votes(open);
    const voted = new Snapshot(scene);
    scene.pass(scene.view().config.maxRoundTrainSlots);
    for (let seed = 0; seed < seeds; seed++) {
      for (const last of [false, true]) {
        voted.restore((run) => {
          this.#shape(run, seed);
          this.#decision(run, seed);
          if (seed % 3 === 0) run.set(ROUND_WITNESS, 'state');
          if (last) run.set(1, 'config', 'totalSteps');
        });
        await this.#tick(last ? 'tick that closes the last round' : 'tick that closes a round and opens the next');
      }
    }
    open.restore();
    await scene.tick();
    scene.pass(scene.view().config.roundWitnessSlots);
    await scene.tick();
    scene.pass(seeds + 3);
    const armed = new Snapshot(scene);
    for (let seed = 0; seed < seeds; seed++) {
      armed.restore((run) => {
        run.set(scene.network.slot - 1 - seed, 'seedSlot');
        this.#shape(run, seed);
      });
      await this.#try('pin_seed that draws roles', scene.call('pinSeed', scene.anyone, loadOf(scene.view())));
    }
    voted.restore((run) => run.set(1, 'config', 'totalSteps'));
    await scene.tick();
  }

  /** Every witness votes; before, one that undoes what all others had decided. */
  async #votes(open: Snapshot): Promise<void> {
    const { scene, nodes } = this;
    const run = scene.view();
    const { length } = run.witnesses;
    const cast = (position: number, bitmap: Uint8Array, label = 'witness'): Promise<void> => {
      const { key } = nodeOf(run, run.witnesses[position], nodes);
      const args = ballot(run, position, { metrics: METRICS, parameterHash: hashOf('parameters'), bitmap });
      return this.#try(label, scene.call('witness', key, args, loadOf(run)), key);
    };
    const [all, other] = [bitmapOf(run.trainers), bitmapOf(run.trainers.slice(0, -1))];
    if (length > 2) {
      for (let p = 0; p < length; p++) await cast(p, p < quorum(length) ? all : other);
      await cast(0, other, 'witness that undoes the decision');
      open.restore();
    }
    for (let p = 0; p < length; p++) await cast(p, all);
  }

  /** Another order, another accepted list, other hashes, some dropped. */
  #decision(run: RunBytes, seed: number): void {
    const { size } = this;
    const order = Array.from({ length: size }, (_, i) => i).sort((a, b) => dice(`${seed} ${a}`, SLOTS) - dice(`${seed} ${b}`, SLOTS));
    order.forEach((index, i) => (run.at('trainerOrder')[i] = index));
    const lost = size === 1 ? 0 : [0, 1, dice(`lost ${seed}`, size)][seed % 3];
    // The last ones: whoever looks for somebody missing looks at all the others first.
    const accepted = bitmapOf(Array.from({ length: size - lost }, (_, i) => i));
    const votes = Math.min(size, 32);
    for (let p = 0; p < votes; p++) {
      run.at('votes', p, 'bitmap').set(accepted);
      run.at('votes', p, 'parameterHash').set(hashOf(`hash ${seed % 2 ? p % 2 : 0}`));
    }
    run.at('rounds', 0, 'bitmap').set(accepted);
    if (seed % 7 === 0) for (let i = 0; i < lost; i++) run.set(DROPPED, 'members', size - 1 - i, 'state');
    run.set(size - (seed % 7 === 0 ? lost : 0), 'healthyCount');
    if (seed % 5 === 0) run.set(HEALTHY, 'members', 0, 'rejoined');
  }

  /** The vote that decides after all others', convictions, forfeits of members at the end of a full list, all ends. */
  async cooldown(): Promise<void> {
    const { scene, nodes, size } = this;
    const begun = new Snapshot(scene);
    const { members } = scene.view();
    const last = nodeOf(scene.view(), size - 1, nodes);
    const decisive = Math.max(quorum(size) - 1, 0);
    begun.restore((run) => vote(run, size - 1, decisive));
    await this.#try('cooldown_witness that decides', scene.call('cooldownWitness', last.key, 0, hashOf('θ'), loadOf(scene.view())), last.key);
    if (size > 2) {
      begun.restore((run) => vote(run, size - 1, decisive));
      await this.#try('convict, in Cooldown', conviction(scene, last));
      begun.restore((run) => vote(run, size - 1, size));
      await scene.ok('cooldownWitness', last.key, 0, hashOf('θ'));
      await this.#try('convict, agreed before', conviction(scene, last));
      begun.restore((run) => vote(run, size - 1, decisive));
      if (!members[size - 1].settled) {
        await scene.ok('settle', scene.anyone, 0, [{ index: size - 1, key: last.key.publicKey }]);
        await this.#try('convict, settled before', conviction(scene, last));
      }
    }
    for (const [label, change] of Object.entries(ENDINGS)) {
      begun.restore((run) => {
        this.#settleAll(run);
        change(run);
      });
      await this.#tick(label);
    }
    await this.#terms(begun);
    begun.restore((run) => {
      this.#settleAll(run);
      for (let i = 0; i < size; i++) for (const [field, value] of [['settled', 0], ['forfeited', 1]] as const) run.set(value, 'members', i, field);
    });
    const some = scene.view().members.slice(-SETTLED_AT_ONCE).map((m) => ({ index: m.index, key: new PublicKey(m.key) })).reverse();
    await this.#try('settle, deposits forfeit', scene.call('settle', scene.anyone, 0, some, loadOf(scene.view()), some.length));
  }

  /** A change of the run's terms while it is paused empties the list. */
  async #terms(begun: Snapshot): Promise<void> {
    const { scene } = this;
    const { authority, settings, run } = scene;
    const load = loadOf(scene.view());
    const calls = {
      update_config: () => scene.call('updateConfig', authority, settings, load),
      write_manifest: () => scene.call('writeManifest', authority, 0, Buffer.alloc(840, 1), load),
      update_client_version: () => scene.call('updateClientVersion', authority, 'v'.repeat(32), load),
      set_join_authority: () => scene.network.coordinator.setJoinAuthority(authority.publicKey, run, authority.publicKey, load),
    };
    for (const [name, call] of Object.entries(calls)) {
      begun.restore((bytes) => {
        this.#settleAll(bytes);
        bytes.set(PAUSED, 'state');
      });
      await this.#try(`${name} that empties the list`, call(), authority);
    }
  }

  /** Nobody has points, everybody is settled and has voted. */
  #settleAll(run: RunBytes): void {
    for (let i = 0; i < this.size; i++) {
      run.set(0, 'members', i, 'points');
      for (const field of ['settled', 'cooldownVoted']) run.set(1, 'members', i, field);
    }
    for (const field of ['epochPoints', 'carry']) run.set(0, field);
    run.at('pointsEarnedTotal').set(run.at('pointsAwardedTotal'));
    run.set(4, 'config', 'totalSteps');
  }
}

/** What can come after Cooldown. */
const ENDINGS: Record<string, (run: RunBytes) => void> = {
  'tick from Cooldown to WaitingForMembers': () => {},
  'tick from Cooldown to Paused': (run) => run.set(1, 'pauseRequested'),
  'tick from Cooldown to Finished': (run) => run.set(1, 'config', 'totalSteps'),
};

/** The first members have voted: `same` of them for one hash, the others for another. */
function vote(run: RunBytes, voters: number, same: number): void {
  for (let i = 0; i < voters; i++) {
    run.set(1, 'members', i, 'cooldownVoted');
    run.at('members', i, 'cooldownHash').set(hashOf(i < same ? 'θ' : 'η'));
  }
}

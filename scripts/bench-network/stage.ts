import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PublicKey } from '@solana/web3.js';
import { Chain, type ConfigArgs, programIds } from '../../client/src/chain/index.js';
import { createRun } from '../../client/src/cli/create-run/create-run.js';
import { readSettings, type RunSettings } from '../../client/src/cli/create-run/settings.js';
import { createParticipants, fund, type Participant } from '../../client/src/cli/dev/participants.js';
import { Child } from './child.js';
import type { Landed } from './ledger.js';
import type { ValidatorLater, ValidatorNote, ValidatorOrder } from './validator-process.js';

/** Which model's payloads a run sends. */
export type Size = 'small' | 'large';

export const configOf = (size: Size): string => {
  const here = import.meta.url;
  // The settings are not built: from dist/ they are where the sources are.
  return fileURLToPath(new URL(here.endsWith('.ts') ? `runs/${size}.toml` : `../../../scripts/bench-network/runs/${size}.toml`, here));
};

export interface StageOptions {
  size: Size;
  members: number;
  steps: number;
  slotMs: number;
}

type ValidatorChild = Child<ValidatorOrder, ValidatorNote, Landed[], ValidatorLater>;

/** A validator in a process of its own, a run on it that waits for members, and the members' keys with funds. */
export class Stage {
  private usages = 0;
  private readonly asked = new Map<number, (usage: { slot: number; cpuMs: number }) => void>();

  private constructor(
    private readonly validator: ValidatorChild,
    readonly chain: Chain,
    readonly url: string,
    readonly wsUrl: string,
    readonly folder: string,
    readonly settings: RunSettings,
    readonly members: readonly Participant[],
    readonly run: PublicKey,
  ) {}

  /** Call {@link close} when done with it. */
  static async open(options: StageOptions, signal: AbortSignal): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'psyche-bench-'));
    let tell: (note: ValidatorNote) => void = () => {};
    const ready = new Promise<Extract<ValidatorNote, { url: string }>>((resolve) => (tell = (note) => 'url' in note && resolve(note)));
    const validator: ValidatorChild = new Child('validator-process', { slotMs: options.slotMs }, (note) => tell(note));
    try {
      const { url, wsUrl } = await Promise.race([ready, validator.answer.then(() => Promise.reject(new Error('the validator ended')))]);
      const chain = new Chain({ rpcUrl: url, wsUrl, commitment: 'confirmed', programs: programIds() });
      try {
        const { authority, clients } = await createParticipants(folder, options.members);
        await fund(chain, authority, clients, signal);
        const settings = await readSettings(configOf(options.size));
        settings.config = { ...settings.config, ...configFor(options) };
        const { run } = await createRun({ chain, authority, settings }, signal);
        const stage = new Stage(validator, chain, url, wsUrl, folder, settings, clients, run);
        tell = (note) => stage.hear(note);
        return stage;
      } catch (error) {
        chain.close();
        throw error;
      }
    } catch (error) {
      await validator.stop(0);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get validatorPid(): number {
    return this.validator.pid;
  }

  /** The validator's processor time so far, and the slot it is at. */
  usage(): Promise<{ slot: number; cpuMs: number }> {
    const id = this.usages++;
    const answer = new Promise<{ slot: number; cpuMs: number }>((resolve) => this.asked.set(id, resolve));
    this.validator.say({ usage: id });
    return Promise.race([answer, this.validator.answer.then(() => Promise.reject(new Error('the validator ended')))]);
  }

  /** Ends the validator. @returns all that landed */
  async landed(): Promise<Landed[]> {
    this.chain.close();
    this.validator.say({ finish: true });
    return this.validator.answer;
  }

  async close(): Promise<void> {
    this.chain.close();
    await this.validator.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private hear(note: ValidatorNote): void {
    if ('url' in note) return;
    this.asked.get(note.id)?.(note);
    this.asked.delete(note.id);
  }
}

/** Everyone has a share of each batch. */
function configFor({ members, steps, slotMs }: StageOptions): Partial<ConfigArgs> {
  const batch = Math.max(256, members);
  return { slotMs, initMinClients: members, minClients: members, totalSteps: steps, globalBatchSizeStart: batch, globalBatchSizeEnd: batch };
}

import { join } from 'node:path';
import { programIds } from '../../client/src/chain/index.js';
import { PROJECT_ROOT } from '../../client/src/version.js';
import { startValidator } from '../../localnet/src/index.js';
import { answering } from './child.js';
import { type Landed, landedOf } from './ledger.js';

export interface ValidatorOrder {
  slotMs: number;
}

export type ValidatorNote = { url: string; wsUrl: string } | { slot: number; cpuMs: number; id: number };

/** Asks for what landed so far as the answer, which ends it; or for how it is doing. */
export type ValidatorLater = { finish: true } | { usage: number };

type Hear = (later: ValidatorLater) => void;

/** Transactions that are kept: more than any run here sends. */
const HISTORY = 500_000;

/** The embedded validator in a process of its own, as a node elsewhere would be. */
answering(async ({ slotMs }: ValidatorOrder, tell: (note: ValidatorNote) => void, signal, onLater: (hear: Hear) => void): Promise<Landed[]> => {
  const ids = programIds();
  const names = ['authorizer', 'coordinator', 'treasurer'] as const;
  const programs = names.map((name) => ({ id: ids[name].toBase58(), path: join(PROJECT_ROOT, 'programs', 'deploy', `${name}.so`) }));
  const validator = await startValidator({ port: 0, slotMs, programs, historyLimit: HISTORY, signal });
  const finished = new Promise<void>((resolve) => {
    onLater((later) => {
      if ('finish' in later) return resolve();
      const { user, system } = process.cpuUsage();
      tell({ slot: validator.bank.slot, cpuMs: (user + system) / 1000, id: later.usage });
    });
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  tell({ url: validator.url, wsUrl: validator.wsUrl });
  await finished;
  const landed = [...validator.bank.history.all()].map((record) => landedOf(record, ids.coordinator.toBase58()));
  await validator.stop();
  return landed;
});

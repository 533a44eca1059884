import { RUN_SPACE } from '../../client/src/chain/decode-run.js';
import { type ClientEpoch, clientEpoch, createRunLamports, type Deployment, deployments } from './lamports.js';
import { measure, type Measured } from './measure.js';
import { findWorst, type Worst } from './worst.js';

/** Seeds that the costliest ticks and draws are sought over. */
export const SEEDS = 200;
/** Most members of a run. */
const MOST = 256;

/** What the chain side costs, in a few numbers. */
export interface Headline {
  /** Of the run's account. */
  runBytes: number;
  /** The costliest vote: with all that it can carry, undoing what all others had decided. */
  witnessCu: number;
  /** The costliest tick that opens a round, or draw of a round's roles, with 256 members. */
  openRoundCu: number;
  /** The costliest transaction at an epoch's end with 256 members: last tick, settlements, votes, the tick after. */
  closeEpochCuMax: number;
  /** The longest transaction. */
  maxTxBytes: number;
}

/** All that `npm run bench:chain` prints. */
export interface Figures extends Headline, Measured {
  worst: Record<string, Worst>;
  clientEpochs: ClientEpoch[];
  createRun: ReturnType<typeof createRunLamports>;
  deployments: Deployment[];
}

/** What it comes to, of what was measured and of the costliest that was found with 256 members. */
export function headlineOf({ costs }: Measured, worst: ReadonlyMap<string, Worst>): Headline {
  const rows = Object.entries(costs[`${MOST} members`]).map(([label, { units }]) => [label, units] as const);
  const all = [...rows, ...[...worst].map(([label, { units }]) => [label, units] as const)];
  const most = (kind: RegExp): number => Math.max(...all.filter(([label]) => kind.test(label)).map(([, units]) => units));
  return {
    runBytes: RUN_SPACE,
    witnessCu: most(/^witness/),
    openRoundCu: most(/^tick that opens|opens the next|→ next round|→ RoundTrain|draws roles/),
    closeEpochCuMax: most(/Cooldown|^settle|^cooldown_witness|last round/),
    maxTxBytes: Math.max(...Object.values(costs).flatMap((group) => Object.values(group).map((cost) => cost.bytes))),
  };
}

/** Measures everything: half a minute on one core. */
export async function figures(): Promise<Figures> {
  const measured = await measure();
  const worst = await findWorst(MOST, SEEDS);
  return {
    ...headlineOf(measured, worst),
    ...measured,
    worst: Object.fromEntries(worst),
    clientEpochs: [3, 32, MOST].map((members) => clientEpoch(measured, members, 100)),
    createRun: createRunLamports(measured),
    deployments: deployments(),
  };
}

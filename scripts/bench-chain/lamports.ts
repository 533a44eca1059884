import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILTIN_UNITS } from '../../client/src/chain/compute-units.js';
import { PROJECT_ROOT } from '../../client/src/version.js';
import { createTestBank } from '../../localnet/src/testing.js';
import type { Cost } from '../../tests/programs/support/costs.js';
import type { Measured } from './measure.js';
import { SETTLED_BY_CLIENT } from './measure-epoch.js';

const LAMPORTS_PER_SIGNATURE = 5_000;
/** Micro-lamports per compute unit: what the client offers where it is not told otherwise. */
export const PRICE = 1_000;

/** Lamports of a transaction's fee: by its signatures, and by the units that it asked for. */
export interface Fee {
  signatures: number;
  priority: number;
}

const feeOf = ({ limit, signatures }: Cost): Fee => ({
  signatures: LAMPORTS_PER_SIGNATURE * signatures,
  priority: Math.ceil(((limit + 2 * BUILTIN_UNITS) * PRICE) / 1e6),
});

/** A client's part of an epoch's fees, in lamports, where everybody takes turns at what one does for all. */
export interface ClientEpoch {
  members: number;
  rounds: number;
  /** By what it is paid for. */
  parts: Record<string, Fee>;
  total: number;
}

/** @param rounds decided ones in the epoch. @throws Error where no epoch of so many members was measured. */
export function clientEpoch({ costs }: Measured, members: number, rounds: number): ClientEpoch {
  const rows = costs[`${members} members`];
  const share = (label: string, times: number): Fee => {
    const { signatures, priority } = feeOf(rows[label]);
    return { signatures: (signatures * times) / members, priority: (priority * times) / members };
  };
  const witnesses = Math.min(32, members);
  const settled = members > SETTLED_BY_CLIENT ? `settle, ${SETTLED_BY_CLIENT}` : 'settle, 1';
  const settlements = members > SETTLED_BY_CLIENT ? Math.ceil(members / SETTLED_BY_CLIENT) : members;
  const parts: Record<string, Fee> = {
    join: share('join_run, again', members),
    'warm-up': share('warmup_witness', members),
    votes: share('witness', rounds * witnesses),
    ticks: sum([
      share('tick, WaitingForMembers → Warmup', 1), share('tick, Warmup → RoundTrain', 1), share('tick, round decided → next round', rounds - 1),
      share('tick, round decided → Cooldown', 1), share('tick, Cooldown → next state', 1),
    ]),
    pins: sum([share('pin_seed, Warmup', 1), share('pin_seed, RoundTrain (draws roles)', rounds - 1)]),
    'cooldown vote': share('cooldown_witness', members),
    checkpoint: share('checkpoint', 1),
    settle: share(settled, settlements),
  };
  const all = sum(Object.values(parts));
  return { members, rounds, parts, total: all.signatures + all.priority };
}

const sum = (fees: readonly Fee[]): Fee =>
  fees.reduce((a, b) => ({ signatures: a.signatures + b.signatures, priority: a.priority + b.priority }), { signatures: 0, priority: 0 });

/** Lamports that making a run takes: rent, which comes back when it is closed, and fees. */
export function createRunLamports({ costs, accounts }: Measured): { rent: number; treasuryRent: number; fees: number } {
  const fee = (label: string): number => {
    const { signatures, priority } = feeOf(costs.run[label]);
    return signatures + priority;
  };
  const manifest = 4 * fee('write_manifest, 840 bytes') + fee('write_manifest, seal_manifest of 4096 bytes');
  return {
    rent: accounts.Run.rent + accounts.RunInstance.rent + accounts.Manifest.rent,
    treasuryRent: accounts.Treasury.rent + accounts['its vault (SPL)'].rent,
    fees: fee('create_run') + manifest + fee('create_treasury (SPL)') + fee('fund (SPL)') + fee('resume_run'),
  };
}

/** Lamports that deploying a program takes, by the upgradeable loader's accounts. */
export interface Deployment {
  program: string;
  bytes: number;
  /** Of the program's account and that of its bytes: kept while it is deployed. */
  kept: number;
  /** Of the buffer that the upload is written to: comes back, but has to be there. */
  buffer: number;
}

/** Headers of the loader's accounts, before a program's bytes. */
const LOADER = { program: 36, programData: 45, buffer: 37 };

export function deployments(): Deployment[] {
  const { svm } = createTestBank();
  const rent = (bytes: number): number => Number(svm.rentExemption(bytes));
  return ['authorizer', 'coordinator', 'treasurer'].map((program) => {
    const bytes = readFileSync(join(PROJECT_ROOT, 'programs/deploy', `${program}.so`)).length;
    return { program, bytes, kept: rent(LOADER.program) + rent(LOADER.programData + bytes), buffer: rent(LOADER.buffer + bytes) };
  });
}

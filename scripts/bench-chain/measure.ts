import { Network } from '../../tests/programs/support/network.js';
import { type Cost, Costs } from '../../tests/programs/support/costs.js';
import { Scene } from '../../tests/programs/support/scene.js';
import { type AccountCost, Accounts } from './accounts.js';
import { measureEpoch } from './measure-epoch.js';
import { measureMoney } from './measure-money.js';
import { measureRun } from './measure-run.js';

/** Epochs are measured with so many members. */
export const SIZES = [1, 3, 32, 256] as const;

/** All that was measured. Keys and program addresses are fixed, so the figures are the same on any machine. */
export interface Measured {
  /** By size, `run` being what does not depend on it, and by what a transaction does. */
  costs: Record<string, Record<string, Cost>>;
  accounts: Record<string, AccountCost>;
  /** `program.instruction` of all that were sent. */
  instructions: string[];
  /** Transactions that used more than the client asked for. */
  shortages: string[];
}

/** Runs all instructions of the three programs at every size. */
export async function measure(): Promise<Measured> {
  const measured: Measured = { costs: {}, accounts: {}, instructions: [], shortages: [] };
  const note = (name: string, costs: Costs): void => {
    measured.costs[name] = Object.fromEntries(costs.rows);
    measured.shortages.push(...costs.shortages.map((s) => `${name}: ${s}`));
    measured.instructions = [...new Set([...measured.instructions, ...costs.instructions])].sort();
  };
  const costs = new Costs(new Network());
  const accounts = new Accounts(costs.network);
  await measureRun(costs, accounts);
  for (const kind of ['SPL', 'Token-2022'] as const) await measureMoney(costs, accounts, kind);
  note('run', costs);
  measured.accounts = Object.fromEntries(accounts.rows);
  for (const size of SIZES) note(`${size} members`, await epochOf(size));
  return measured;
}

/** An epoch of so many members. The batch is larger than their capacities in all, so that each has a share. */
async function epochOf(size: number): Promise<Costs> {
  const settings = { totalSteps: 3, initMinClients: size, globalBatchSizeStart: 4099, globalBatchSizeEnd: 4099, warmupTime: 400, cooldownTime: 400 };
  const scene = await Scene.open({ settings });
  const costs = new Costs(scene.network);
  await measureEpoch(costs, scene, scene.nodes(size));
  return costs;
}

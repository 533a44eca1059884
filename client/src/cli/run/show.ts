import type { TreasuryView } from '../../chain/index.js';
import { printable } from '../../observe/format.js';
import type { RunView } from '../../protocol/run-view.js';
import { formatAmount } from '../common/amounts.js';
import { bold, facts, table } from '../common/output.js';
import type { Coverage } from './coverage.js';

/** A run for people. @param slot where the cluster is now. */
export function describeRun(run: RunView, slot: number, money?: { treasury: TreasuryView; coverage: Coverage }): string {
  const { config } = run;
  const points = run.pointsAwardedTotal === 0n ? 'none yet' : `${run.pointsAwardedTotal} awarded, ${run.pointsEarnedTotal} settled`;
  const sections = [
    bold(`Run ${shown(run.runId)}`),
    facts([
      ['address', run.address],
      ['authority', run.authority],
      ['joining', run.joinAuthority === undefined ? 'open to anyone' : `permissioned by ${run.joinAuthority}`],
      ['client version', shown(run.clientVersion)],
      ['state', `${run.state}${waitsFor(run)}, for ${seconds(run, slot)}`],
      ['epoch', `${run.epoch}, round ${run.round}`],
      ['steps', `${run.step} of ${config.totalSteps}, ${run.tokensProcessed} tokens`],
      ...(run.batchSize > 0 ? [['batch', `${run.batchSize} sequences of ${config.sequenceLength} tokens`] as const] : []),
      ['points', `${points}; ${config.pointsPerStep} per step`],
      ...(run.checkpoint ? [['checkpoint', JSON.stringify(shown(run.checkpoint.location))] as const] : []),
    ]),
    members(run),
  ];
  if (money) sections.push(bold('Treasury'), treasuryFacts(run, money.treasury, money.coverage));
  return sections.filter(Boolean).join('\n');
}

/** Texts on the chain are their writers': no control character of them reaches the terminal. */
const shown = (text: string): string => printable(text.replace(/\s+/g, ' '), 200);

function members(run: RunView): string {
  const pending = run.pending.length === 0 ? '' : bold(`${run.pending.length} waiting for the next epoch`);
  const waiting = table(run.pending.map((p) => [p.key, `capacity ${p.capacity}`]));
  if (run.members.length === 0) return [bold('No members in this epoch'), pending, waiting].filter(Boolean).join('\n');
  const rows = run.members.map((m) => [String(m.index), m.key, m.state, String(m.capacity), String(m.acceptedRounds), String(m.witnessedRounds), String(m.points)]);
  const header = ['#', 'node', 'state', 'capacity', 'accepted', 'witnessed', 'points'];
  return [bold(`${run.members.length} members`), table([header, ...rows], [0, 3, 4, 5, 6]), pending, waiting].filter(Boolean).join('\n');
}

function treasuryFacts(run: RunView, treasury: TreasuryView, coverage: Coverage): string {
  const { decimals } = treasury.mint;
  const tokens = (units: bigint): string => `${formatAmount(units, decimals)} tokens`;
  const short = coverage.owed + coverage.toCome - coverage.held;
  return facts([
    ['mint', `${treasury.mint.address.toBase58()}${treasury.mint.freezeAuthority ? ' (its authority can freeze what members hold)' : ''}`],
    ['holds', tokens(coverage.held)],
    ['owes', `${tokens(coverage.owed)}; paid ${tokens(treasury.paidTotal)}`],
    ['the rest costs', tokens(coverage.toCome)],
    ['covers', short <= 0n ? 'all steps to come' : `not all steps to come: ${tokens(short)} are missing`],
    ['a step pays', `${formatAmount((run.config.pointsPerStep * run.rate.num) / (run.rate.den || 1n), decimals)} tokens`],
  ]);
}

function waitsFor(run: RunView): string {
  if (run.pauseRequested) return ' (pauses after this epoch)';
  if (run.state !== 'WaitingForMembers') return '';
  return ` (${run.pending.length} of ${run.epoch === 0 ? run.config.initMinClients : run.config.minClients} have joined)`;
}

function seconds(run: RunView, slot: number): string {
  const slots = Math.max(0, slot - Number(run.stateStartSlot));
  return `${Math.round((slots * run.config.slotMs) / 1000)} s`;
}

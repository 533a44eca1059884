import type { Bench } from './bench.js';
import { anyOf, committeeRisk } from './committees.js';
import type { CrowdSummary } from './crowd.js';
import { COMMITTEE, flatRound, FURTHER, longerThanOutcome, type PerMember, perMember, rangedRound } from './limits.js';
import type { Machine } from './machine.js';
import type { Size } from './stage.js';
import { sum } from './statistics.js';
import { type CrewSummary, WARM_ROUNDS } from './summary.js';
import { GOAL, type Utilisation } from './utilisation.js';

const NOT_MEASURED = 'Not measured yet: `npm run bench:network -- --write` fills this in.';

export const whole = (value: number): string => (Number.isFinite(value) ? Math.round(value).toLocaleString('en-US') : '–');
const digits = (value: number, n = 1): string => {
  return Number.isFinite(value) ? value.toLocaleString('en-US', { minimumFractionDigits: n, maximumFractionDigits: n }) : '–';
};
const percent = (part: number, n = 0): string => `${digits(100 * part, n)} %`;
const kilobytes = (bytes: number): string => digits(bytes / 1e3, bytes < 1e6 ? 1 : 0);
const megabytes = (bytes: number): string => digits(bytes / 1e6, bytes < 1e8 ? 1 : 0);
const seconds = (ms: number): string => digits(ms / 1e3, ms < 1e5 ? 1 : 0);
/** Chances over many powers of ten. */
const chance = (value: number): string => (value < 1e-15 ? '< 10⁻¹⁵' : value < 0.001 ? value.toExponential(0).replace('e-', '·10^-') : percent(value, 1));

/** A Markdown table whose columns also line up in a terminal. */
export function markdown(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) => Math.max(head.length, 2, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  return [line(heads), `|${widths.map((w, i) => (i === 0 ? '-'.repeat(w + 2) : `${'-'.repeat(w + 1)}:`)).join('|')}|`, ...rows.map(line)].join('\n');
}

const onMachine = ({ processor, cores, memoryBytes, node }: Machine): string => `${cores} cores (${processor}), ${whole(memoryBytes / 2 ** 30)} GiB, Node ${node}`;

const SIZES: readonly Size[] = ['small', 'large'];
const SCALE_HEADS = [
  ...['clients, payload', 'announced, ms p50 / p99', 'payload there, ms p50 / p99', 'down, kB', 'up, kB', 'least, kB', 'RPC down, kB', 'CPU, ms'],
  ...['memory, MB', 'round, s', 'not training', 'machine busy'],
];

/** Whole clients. */
export function scaleTable({ scale, tapes, layout, machine }: Bench): string {
  if (scale.length === 0) return NOT_MEASURED;
  const row = ({ size, summary: s }: Bench['scale'][number]): string[] => [
    `${s.clients}, ${size}${s.perProcess > 1 ? ` (${s.perProcess} a process)` : ''}`,
    `${digits(s.announcement.p50)} / ${digits(s.announcement.p99)}`,
    `${digits(s.payload.p50)} / ${digits(s.payload.p99)}`,
    ...[s.peersDown, s.peersUp, s.least, s.chainDown].map(kilobytes),
    whole(s.cpuMs), whole(s.rss / 1e6), seconds(s.roundMs), percent(s.notTraining), percent(s.machineBusy),
  ];
  const notes = [
    `${SIZES.flatMap((size) => payloadsOf(size, tapes[size])).join('; ')}.`,
    `Per client and round, ${scale[0].summary.rounds} rounds; a step trains ${seconds(scale[0].summary.trainMs)} s. On one machine: ${onMachine(machine)}.`,
    `Rounds in which everybody's work was accepted: ${percent(Math.min(...scale.map((r) => r.summary.complete)))} in the worst row.`,
    `Announcements that gossip did not bring and asking did: ${percent(Math.max(...scale.map((r) => r.summary.askedFor)), 1)} at most.`,
    `The validator's own processor time, in a round of the last row: ${whole(scale.at(-1)!.summary.validatorCpuMs)} ms.`,
    ...layoutNote(layout),
  ];
  return [markdown(SCALE_HEADS, scale.map(row)), '', ...notes.map((note) => `- ${note}`)].join('\n');
}

function payloadsOf(size: Size, tape: Bench['tapes'][Size]): string[] {
  return tape === undefined ? [] : [`${size}: payloads of ${whole(tape.payloadBytes)} bytes, of a model of ${digits(tape.parameters / 1e6)} M parameters`];
}

function layoutNote([alone, together]: readonly CrewSummary[]): string[] {
  if (together === undefined) return [];
  const each = (s: CrewSummary): string => `${whole(s.rss / 1e6)} MB and ${whole(s.cpuMs)} ms of CPU each, a payload there after ${digits(s.payload.p50)} ms (p50)`;
  return [
    `${alone.clients} clients in processes of their own: ${each(alone)}; all in one process: ${each(together)}.`,
    'Where memory allows it, each row\'s clients have processes of their own.',
  ];
}

/** The chain alone. */
export function crowdTable({ crowd }: Bench): string {
  if (crowd.length === 0) return NOT_MEASURED;
  return crowd.map(crowdOf).join('\n\n');
}

function crowdOf(c: CrowdSummary): string {
  const often = (count: number): string => digits(count / c.rounds, 2);
  const kinds = c.kinds.map((k) => [`\`${k.name}\``, often(k.count), often(k.failed), whole(k.units / k.count), whole(k.units / c.rounds)]);
  const all = ['in all', digits(c.transactions, 2), often(sum(c.kinds.map((k) => k.failed))), whole(c.units / c.transactions), whole(c.units)];
  const epoch = (rounds: number): number => c.lamports.fixed + rounds * c.lamports.round;
  const priority = (rounds: number): number => c.priorityAt1000.fixed + rounds * c.priorityAt1000.round;
  const refused = Object.entries(c.errors).map(([code, count]) => `${code} ${count}×`);
  return [
    markdown([`${c.members} members, per round`, 'transactions', 'of them failed', 'CU each', 'CU'], [...kinds, all]),
    '',
    `- ${c.rounds} rounds of ${seconds(c.roundMs)} s, of which ${seconds(c.trainMs)} s training, slots of ${c.slotMs} ms. Transactions: ${whole(c.bytes)} bytes a round.`,
    `- Most units in one slot: ${whole(c.slotUnits)}. The costliest transaction of the epoch: \`${c.costliest.name}\`, ${whole(c.costliest.units)} CU.`,
    `- Lamports per client: ${whole(c.lamports.fixed)} per epoch and ${whole(c.lamports.round)} per round, so ${whole(epoch(100))} for an epoch of 100 rounds.`,
    `- Where a cluster wants 1,000 micro-lamports per unit asked for, ${whole(priority(100))} more.`,
    `- This epoch of ${c.rounds + WARM_ROUNDS} rounds cost a client ${whole(c.lamports.epoch)} lamports, from ${whole(c.leastPaid)} to ${whole(c.mostPaid)}.`,
    `- A subscriber hears ${digits(c.notices)} times a round of the run's account, ${whole(c.accountBytes)} bytes each time, which take ${digits(c.decodeMs, 2)} ms to decode.`,
    `- Refused or late and tried again, in the whole epoch: ${refused.length === 0 ? 'nothing' : refused.join(', ')}.`,
  ].join('\n');
}

/** T, and what is left of the time for training. */
export function utilisationTable({ utilisation: u }: Bench): string {
  if (u === undefined) return NOT_MEASURED;
  const parts = (p: Utilisation['points'][number]): string[] => [p.seedMs, p.exchangeMs, p.closeMs].map((ms) => digits(ms / 1e3, 2));
  const rows = u.points.map((p) => [seconds(p.trainMs), percent(p.utilisation, 1), seconds(p.roundTrainMs), ...parts(p), String(p.rounds)]);
  return [
    markdown(['T, s', 'utilisation', 'RoundTrain, s', 'before training, s', 'exchange, s', 'until closed, s', 'rounds'], rows),
    '',
    `- ${u.clients} clients, payloads of ${whole(u.payloadBytes)} bytes (${digits(u.parameters / 1e6)} M parameters), ${lineOf(u)}, slots of ${u.slotMs} ms.`,
    u.smallest === undefined
      ? `- No T that was tried reached ${percent(GOAL)}.`
      : `- **The smallest T with at least ${percent(GOAL)}: ${seconds(u.smallest.trainMs)} s** (measured: ${percent(u.smallest.utilisation, 1)}).`,
    '',
    '![Utilisation over the time that a step trains](network-scale/utilisation.svg)',
  ].join('\n');
}

const lineOf = ({ line: { downBitsPerSecond: down, upBitsPerSecond: up, roundTripMs } }: Utilisation): string =>
  `each at ${down / 1e6} Mbit/s down and ${up / 1e6} up, ${roundTripMs} ms there and back`;

const UP = 10e6;

/** What was measured, carried on to more members; and the same with ranges. */
export function limitsTable(bench: Bench): string {
  const tape = bench.tapes.large;
  if (tape === undefined) return NOT_MEASURED;
  const crowd = bench.crowd.at(-1);
  const rows = FURTHER.map((members) => {
    const flat = flatRound(members, tape.payloadBytes, UP, crowd);
    const ranged = rangedRound(members, tape, UP);
    return [
      whole(members), megabytes(flat.bytes), digits(flat.upSeconds), flat.noticeBytes === undefined ? '–' : `${megabytes(flat.noticeBytes)} / ${whole(flat.allNoticeBytes! / 1e6)}`,
      String(ranged.ranges), megabytes(ranged.partBytes + ranged.signBytes), megabytes(ranged.upBytes), digits(ranged.upSeconds), whole(ranged.votes),
    ];
  });
  const further = perMember(bench);
  return [
    markdown(['members', 'now: MB each way', 's at 10 Mbit/s up', 'MB by RPC, each / all', 'ranges', 'MB down', 'MB up', 's at 10 Mbit/s up', 'votes'], rows),
    '',
    `- Per round, payloads of ${whole(tape.payloadBytes)} bytes (${digits(tape.parameters / 1e6)} M parameters). Computed from what was measured above.`,
    `- From ${longerThanOutcome(tape)} members on, all payloads together are longer than what they come to: one sign per parameter, ${megabytes(tape.parameters / 8)} MB.`,
    ...(further === undefined ? [] : [costOf(further)]),
  ].join('\n');
}

const costOf = ({ overheadBytes, cpuMs, memory }: PerMember): string =>
  `- Each further member costs every client ${kilobytes(overheadBytes)} kB a round beside its payload and announcement, ${digits(cpuMs)} ms of CPU a round and ${digits(memory / 1e6, 2)} MB of memory (straight lines through the small payload's rows).`;

/** How safe committees are. */
export function committeesTable(): string {
  const members = 4096;
  const committees = 64;
  const rows = [16, COMMITTEE, 64, 128].flatMap((size) =>
    [0.1, 0.2, 0.3].map((dishonest) => {
      const risk = committeeRisk(members, size, dishonest);
      return [`${size}, ${percent(dishonest)}`, chance(risk.decides), chance(anyOf(risk.decides, committees)), chance(risk.blocks), chance(anyOf(risk.blocks, committees))];
    }),
  );
  return markdown(['committee, dishonest members', 'decides', `any of ${committees}`, 'blocks', `any of ${committees}`], rows);
}

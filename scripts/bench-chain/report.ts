import type { Figures } from './figures.js';
import { PRICE } from './lamports.js';

const number = (value: number): string => Math.round(value).toLocaleString('en-US');
const sol = (lamports: number): string => (lamports / 1e9).toFixed(4);
const row = (name: string, ...cells: (number | string)[]): string =>
  `${name.padEnd(50)}${cells.map((c) => (typeof c === 'number' ? number(c) : c).padStart(13)).join('')}`;
const title = (name: string, ...heads: string[]): string => `\n${row(name, ...heads)}\n${'-'.repeat(50 + 13 * heads.length)}`;

/** The figures as tables, in plain text. */
export function report(figures: Figures): string {
  const lines: string[] = [];
  for (const [size, rows] of Object.entries(figures.costs)) {
    lines.push(title(`Transactions: ${size}`, 'CU used', 'CU asked for', 'bytes', 'signatures'));
    for (const [label, { units, limit, bytes, signatures }] of Object.entries(rows)) lines.push(row(label, units, limit, bytes, signatures));
  }
  lines.push(title('Costliest that were found with 256 members', 'CU used', 'of limit', 'tried'));
  for (const [label, { units, limit, tried }] of Object.entries(figures.worst)) lines.push(row(label, units, limit, tried));
  lines.push(title('Accounts', 'bytes', 'rent'));
  for (const [name, { bytes, rent }] of Object.entries(figures.accounts)) lines.push(row(name, bytes, rent));
  lines.push('Rent in lamports: it comes back when the account is closed, as a member\'s deposit does.');
  lines.push(...epochs(figures), ...making(figures));
  lines.push(title('In short', ''));
  for (const key of ['runBytes', 'witnessCu', 'openRoundCu', 'closeEpochCuMax', 'maxTxBytes'] as const) lines.push(row(key, figures[key]));
  lines.push('', PEER);
  return lines.join('\n');
}

function epochs({ clientEpochs, accounts }: Figures): string[] {
  const lines = [title('Lamports per client and epoch of 100 rounds', ...clientEpochs.map((e) => `${e.members} members`))];
  for (const part of Object.keys(clientEpochs[0].parts)) {
    lines.push(row(part, ...clientEpochs.map(({ parts }) => parts[part].signatures + parts[part].priority)));
  }
  lines.push(row('in all', ...clientEpochs.map((e) => e.total)));
  lines.push(row(`of it for units, at ${number(PRICE)} micro-lamports each`, ...clientEpochs.map((e) => Object.values(e.parts).reduce((s, p) => s + p.priority, 0))));
  lines.push(row('besides, once, and it comes back: rent', ...clientEpochs.map(() => accounts.Member.rent)));
  return lines;
}

function making({ createRun, deployments }: Figures): string[] {
  const lines = [title('SOL to deploy', 'bytes', 'kept', 'buffer')];
  for (const { program, bytes, kept, buffer } of deployments) lines.push(row(program, bytes, sol(kept), sol(buffer)));
  const all = (key: 'kept' | 'buffer'): string => sol(deployments.reduce((sum, d) => sum + d[key], 0));
  lines.push(row('in all', deployments.reduce((sum, d) => sum + d.bytes, 0), all('kept'), all('buffer')));
  lines.push('A buffer\'s rent becomes the program\'s when it is deployed: what has to be there is kept, and an upgrade needs one more.');
  lines.push(title('SOL to make a run', 'SOL'));
  lines.push(row('rent of run, instance and manifest', sol(createRun.rent)), row('rent of treasury and vault', sol(createRun.treasuryRent)), row('fees', (createRun.fees / 1e9).toFixed(6)));
  return lines;
}

/** What is known of the field's other coordinator on Solana, from its source. */
const PEER = `Peer: Psyche (github.com/PsycheFoundation/psyche at 00b97f1, architectures/decentralized/solana-client/src/backend.rs) sends
its instructions without asking for a compute limit, so the runtime's default applies. Neither what they use nor its account's
size are figures in its source: they are left out here.`;

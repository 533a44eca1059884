import { table } from '../../client/src/cli/common/output.js';
import type { Outcome } from './scenario.js';

/** What came of all scenarios, one a line, and what is wrong in full. */
export function report(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ scenario, problems, seconds, steps, epochs, memory }) => [
    scenario.name,
    problems.length === 0 ? 'ok' : 'FAILED',
    seconds.toFixed(0),
    String(steps),
    String(epochs),
    String(Math.round(memory / 2 ** 20)),
    scenario.says,
  ]);
  const failed = outcomes.filter((o) => o.problems.length > 0);
  const total = outcomes.reduce((sum, o) => sum + o.seconds, 0);
  return [
    table([['scenario', 'outcome', 'seconds', 'steps', 'epochs', 'MiB', 'what happened, and was checked beside the rest'], ...rows], [2, 3, 4, 5]),
    '',
    'Beside the rest: honest clients ended with one model, the one agreed on chain; every point and every token accounted for; memory within bounds;',
    'nothing thrown that nobody waited for; no second commitment; no process left. MiB: the most that any client took.',
    '',
    ...failed.flatMap(({ scenario, problems }) => problems.map((p) => `✗ ${scenario.name}: ${p}`)),
    `${outcomes.length - failed.length} of ${outcomes.length} scenarios passed in ${Math.round(total)} s`,
  ].join('\n');
}

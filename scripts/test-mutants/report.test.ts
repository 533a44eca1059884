import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readOutcomes, report } from './report.js';

const SOURCE = 'fn f(a: u32) -> u32 {\n    a + 1\n}\n';

/** outcomes.json with one mutant of line 2, column 7, per summary. */
const outcomes = (...summaries: string[]) =>
  JSON.stringify({
    outcomes: [
      { scenario: 'Baseline', summary: 'Success' },
      ...summaries.map((summary) => ({
        scenario: { Mutant: { name: 'f.rs:2:7: replace + with *', file: 'f.rs', span: { start: { line: 2, column: 7 }, end: { line: 2, column: 8 } }, replacement: '*' } },
        summary,
      })),
    ],
  });
const of = (...summaries: string[]) => report(readOutcomes(outcomes(...summaries)), new Map([['f.rs', SOURCE]]), [{ file: 'f.rs', line: 'a * 1', why: 'a is 1' }]);

test('the score is of the mutants that compile, and hanging is noticed', () => {
  const { score, text } = of('CaughtMutant', 'CaughtMutant', 'Timeout', 'MissedMutant', 'Unviable');
  assert.equal(score, 0.75);
  assert.match(text, /\n5 mutants: 2 killed, 1 timeouts, 1 missed \(1 of them equivalent\), 1 unviable\nscore 75\.0 %$/);
});

test('no mutants, or none that compile, are no success', () => {
  assert.equal(of().score, 0);
  assert.equal(of('Unviable').score, 0);
});

test('a survivor is shown as its line reads, and why it is equivalent where that is known', () => {
  assert.match(of('MissedMutant').text, /^equivalent f\.rs:2:7: replace \+ with \*\n    a \* 1\n    a is 1\n/);
  const unknown = report(readOutcomes(outcomes('MissedMutant')), new Map([['f.rs', SOURCE.replace('1', '2')]]), [{ file: 'f.rs', line: 'a * 1', why: 'a is 1' }]);
  assert.match(unknown.text, /^MISSED f\.rs:2:7: replace \+ with \*\n    a \* 2\n1 mutants/);
});

test('an outcome of another version is not taken for one of the four', () => {
  assert.throws(() => of('CaughtMutant', 'Survived'), /Survived: use the version of cargo-mutants/);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PROJECT_ROOT } from '../../client/src/version.js';
import { compare } from './compare.js';
import { knownDifferences } from './known-differences.js';
import { judge, table } from './report.js';

describe('the list of known differences', () => {
  it('is the table of localnet/README.md', () => {
    const readme = readFileSync(join(PROJECT_ROOT, 'localnet', 'README.md'), 'utf8');
    const section = readme.split('## What differs from solana-test-validator')[1].split('\n## ')[0];
    const rows = section.split('\n').filter((line) => line.startsWith('|')).join('\n');
    assert.equal(rows, table(), 'the table must be what `npm run test:conformance -- --table` prints');
  });

  it('excuses what is on it, finds what is not, and what is on it without need', () => {
    const entry = { what: 'fees', why: 'none', matches: ({ path }: { path: string }) => path === 'fee' };
    const names = { real: new Map([['A', '<key>']]), embedded: new Map([['B', '<key>']]) };
    const found = compare('a case', { fee: 1, slot: 1, owner: 'A', list: [1] }, { fee: 2, slot: 9, owner: 'B', list: [] }, 'values', names);
    assert.deepEqual(found.map(({ path }) => path), ['fee', 'list.length']);
    const { gone, known, unknown } = judge(found, [entry, { ...entry, matches: () => false }]);
    assert.deepEqual([known, unknown.map(({ path }) => path), gone.length], [1, ['list.length'], 1]);
    assert.deepEqual(compare('shapes', { a: [1], b: 'x' }, { a: [2, 3], b: 5 }, 'shapes', names).map(({ path }) => path), ['b']);
  });

  it('says of each what and why', () => {
    for (const { what, why } of knownDifferences) assert.ok(what.length > 10 && why.length > 10);
  });
});

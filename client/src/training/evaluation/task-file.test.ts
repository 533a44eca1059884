import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readTask } from './index.js';
import { contextOf } from './task.js';

let folder: string;
before(async () => void (folder = await mkdtemp(join(tmpdir(), 'psyche-tasks-'))));
after(() => rm(folder, { recursive: true }));

async function file(name: string, ...rows: unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return path;
}

test('data sets as they are published become the harness\'s questions', async () => {
  const rows: Record<string, [row: object, query: string, choices: string[], gold: number]> = {
    plain: [{ query: 'q', choices: ['a', 'b'], gold: 1 }, 'q', ['a', 'b'], 1],
    context: [{ context: 'q', choices: ['a', 'b'], gold: 0 }, 'q', ['a', 'b'], 0],
    hellaswag: [
      { activity_label: 'Roof shingle removal', ctx_a: 'A man is sitting on a roof. [title] Next [step] now', ctx_b: 'he STARTS', endings: ['a [x] b', ' c', 'd', 'e'], label: '2' },
      'Roof shingle removal: A man is sitting on a roof.. Next now He starts', ['a b', 'c', 'd', 'e'], 2,
    ],
    arc: [{ question: 'Why?', choices: { text: ['x', 'y'], label: ['A', 'B'] }, answerKey: 'B' }, 'Question: Why?\nAnswer:', ['x', 'y'], 1],
    numbered: [{ question: 'Why?', choices: { text: ['x', 'y', 'z'], label: ['1', '2', '3'] }, answerKey: '3' }, 'Question: Why?\nAnswer:', ['x', 'y', 'z'], 2],
    piqa: [{ goal: 'open it', sol1: 'push', sol2: 'pull', label: 1 }, 'Question: open it\nAnswer:', ['push', 'pull'], 1],
    openbookqa: [{ question_stem: 'The sun is', choices: { text: ['hot', 'cold'], label: ['A', 'B'] }, answerKey: 'A' }, 'The sun is', ['hot', 'cold'], 0],
    boolq: [{ passage: 'P.', question: 'is it', answer: true }, 'P.\nQuestion: is it?\nAnswer:', ['no', 'yes'], 1],
    sciq: [{ support: ' S', question: 'Q', distractor1: 'a', distractor2: 'b', distractor3: 'c', correct_answer: 'd' }, 'S\nQuestion: Q\nAnswer:', ['a', 'b', 'c', 'd'], 3],
    mmlu: [{ question: ' Q? ', choices: ['w', 'x', 'y', 'z'], answer: 2 }, 'Q?\nA. w\nB. x\nC. y\nD. z\nAnswer:', ['A', 'B', 'C', 'D'], 2],
  };
  for (const [name, [row, query, choices, gold]] of Object.entries(rows)) {
    const task = await readTask(await file(`${name}.jsonl`, row, '', row), { limit: 1 });
    assert.deepEqual([task.name, task.delimiter, task.fewShot, task.items], [name, ' ', 0, [{ query, choices, gold }]]);
  }
});

test('a task file says what fields mean, and where solved examples are', async () => {
  await file('rows.jsonl', { q: { text: 'one' }, a: 'x', b: 7, right: 'second', names: ['first', 'second'] }, { q: { text: 'two' }, a: 'y', b: 8, right: 'first', names: ['first', 'second'] });
  await file('shots.jsonl', { query: 'shot', choices: ['s', 't'], gold: 1 });
  const path = await file('task.json', { name: 'mine', data: 'rows.jsonl', query: '{{q.text}}:', choices: ['{{a}}', '{{ b }}'], gold: 'right', labels: 'names', delimiter: '', fewShot: 1 });
  const task = await readTask(path);
  assert.deepEqual(task.items, [{ query: 'one:', choices: ['x', '7'], gold: 1 }, { query: 'two:', choices: ['y', '8'], gold: 0 }]);
  assert.equal(contextOf(task, 0), 'two:y\n\none:');
  assert.equal(contextOf(task, 1), 'one:7\n\ntwo:');
  assert.throws(() => contextOf({ ...task, fewShot: 2 }, 0), { code: 'TOO_FEW_EXAMPLES' });
  const shown = await readTask(await file('shown.json', { data: 'rows.jsonl', fewShotData: 'rows.jsonl', query: 'q', choices: 'names', gold: 'right' }), { fewShot: 2 });
  assert.equal(contextOf(shown, 0), 'q second\n\nq first\n\nq');
  assert.equal((await readTask(await file('arc.json', { data: 'shots.jsonl', format: 'plain' }))).items[0].gold, 1);
});

test('files that are no tasks say which line and why', async () => {
  const good = { query: 'q', choices: ['a', 'b'], gold: 0 };
  const bad: [string, unknown, RegExp][] = [
    ['number.jsonl', 5, /line 1 .* no JSON object/],
    ['torn.jsonl', '{"query": "q", "cho', /line 1 .* no JSON object/],
    ['fields.jsonl', { x: 1 }, /fields x are of no data set/],
    ['gold.jsonl', { ...good, gold: 2 }, /none of the choices/],
    ['label.jsonl', { goal: 'g', sol1: 'a', sol2: 'b', label: -1 }, /none of the choices/],
    ['hidden.jsonl', { activity_label: 'x', ctx_a: 'a', ctx_b: 'b', endings: ['a', 'b'], label: '' }, /none of the choices/],
    ['choices.jsonl', { ...good, choices: ['a', 3] }, /choices are not/],
    ['one.jsonl', { ...good, choices: ['a'] }, /choices are not/],
    ['empty.jsonl', '', /no question in it/],
    ['list.json', [], /not an object/],
    ['field.json', { data: 'x', colour: 1 }, /"colour" is no field/],
    ['data.json', { query: 'q' }, /data does not name/],
    ['format.json', { data: 'x', format: 'constructor' }, /format is none of/],
    ['shots.json', { data: 'x', fewShot: 1.5 }, /fewShot/],
    ['half.json', { data: 'x', query: 'q' }, /needs choices and gold/],
  ];
  for (const [name, content, message] of bad) await assert.rejects(readTask(await file(name, content)), { code: 'TASK_INVALID', message }, name);
  await file('rows.jsonl', good);
  await assert.rejects(readTask(await file('missing.json', { data: 'rows.jsonl', query: '{{__proto__}}', choices: 'choices', gold: 'gold' })), { code: 'TASK_INVALID', message: /__proto__ is no text/ });
  await assert.rejects(readTask(await file('mixed.jsonl', good, { goal: 'g', sol1: 'a', sol2: 'b', label: 0 })), { code: 'TASK_INVALID', message: /line 2 .* plain/ });
  await assert.rejects(readTask(join(folder, 'none.jsonl')), { code: 'TASK_NOT_FOUND' });
});

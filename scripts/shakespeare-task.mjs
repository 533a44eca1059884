#!/usr/bin/env node
// Makes data/shakespeare-next-word.jsonl: which word comes next, in the part of the text that the demo never trains on.
// Four words to choose from, all of them from that part, of about the same length. The same file every time.
//
//   node scripts/shakespeare-task.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const data = join(dirname(dirname(fileURLToPath(import.meta.url))), 'data');
const QUESTIONS = 40;
const CHOICES = 4;
/** As templates/demo-run.toml has it. */
const HELD_OUT_PERMILLE = 50;
/** Bytes of a question: with the longest choice it fits the demo's context of 64. */
const LONGEST = 50;
const WORD = /^[a-z]{4,10}$/;

const text = readFileSync(join(data, 'tinyshakespeare.txt'), 'utf8');
const heldOut = text.slice(text.length - Math.floor((text.length * HELD_OUT_PERMILLE) / 1000));

/** Places after a blank where a plain word of some length follows, with it. */
const places = [...heldOut.matchAll(/ ([A-Za-z']+)(?=[ ,.;:!?\n])/g)].filter((m) => WORD.test(m[1]) && m.index > 2 * LONGEST).map((m) => ({ at: m.index, word: m[1] }));

let state = 20240119;
function draw(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const items = [];
for (let i = 0; i < QUESTIONS; i++) {
  const { at, word } = places[Math.floor(((i + 0.5) * places.length) / QUESTIONS)];
  const before = heldOut.slice(at - LONGEST, at);
  // Begins with a word.
  const query = before.slice(before.search(/\s/) + 1);
  const others = new Set();
  while (others.size < CHOICES - 1) {
    const other = places[draw(places.length)].word;
    if (other !== word && Math.abs(other.length - word.length) <= 1) others.add(other);
  }
  const gold = draw(CHOICES);
  const choices = [...others];
  choices.splice(gold, 0, word);
  items.push({ query, choices, gold });
}
writeFileSync(join(data, 'shakespeare-next-word.jsonl'), `${items.map((item) => JSON.stringify(item)).join('\n')}\n`);

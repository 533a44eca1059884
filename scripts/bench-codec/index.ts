/**
 * What the payload codec and its kernels do on one core of this machine:
 *
 *     npm run bench:codec [-- --output json] [--repetitions 5]
 *
 * Bytes per 4,096 parameters beside the least possible and what Psyche's format takes; million parameters per second of
 * encoding, decoding (all that a client does to check a payload), DCT with choice of the largest, and the exact step.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { kernels } from '../../client/src/training/kernels/instance.js';
import { CONTENTS, floorBytes, measureApply, measureCodec, measureExtract, planOf, type CodecFigures } from './measure.js';

const { values: options } = parseArgs({
  options: { output: { type: 'string', default: 'text' }, repetitions: { type: 'string', default: '5' } },
});
const repetitions = Number(options.repetitions);
if (!Number.isInteger(repetitions) || repetitions < 1 || !['text', 'json'].includes(options.output)) {
  console.error('bench-codec [--output text|json] [--repetitions <n>]');
  process.exit(2);
}
/** Psyche sends a position of 16 bits and a sign for each coefficient. */
const psycheBytes = (k: number): number => (17 * k) / 8;

const say = options.output === 'json' ? (): void => undefined : console.log;
say(`${kernels() ? 'WebAssembly kernels' : 'Plain JavaScript'}, one core of ${cpus()[0].model.trim()}, Node ${process.versions.node}; 16.8 M parameters in chunks of 64 × 64; the best of ${repetitions}.\n`);

say('signs (1 bit)          bytes per 4,096       floor   Psyche   encode M/s   decode M/s');
const figures = new Map<string, CodecFigures>();
for (const k of [4, 8, 32]) {
  for (const content of Object.keys(CONTENTS) as (keyof typeof CONTENTS)[]) {
    const measured = measureCodec(planOf(k), content, repetitions);
    figures.set(`${k} ${content}`, measured);
    const floor = content === 'random' ? floorBytes(k).toFixed(2) : '';
    say(`k = ${String(k).padEnd(3)} ${content.padEnd(11)} ${measured.bytes.toFixed(3).padStart(18)} ${floor.padStart(11)} ${psycheBytes(k).toFixed(1).padStart(8)} ${rate(measured.encode, 12)} ${rate(measured.decode, 12)}`);
  }
}
say('\nvalues                 bytes per 4,096                        encode M/s   decode M/s');
const valued = [['DisTrO, 16 bits, k = 32', planOf(32, { bits: 16 })], ['SparseLoCo, 2 bits, k = 64', planOf(64, { bits: 2, transform: 'none' })]] as const;
for (const [name, plan] of valued) {
  const measured = measureCodec(plan, 'random', repetitions);
  say(`${name.padEnd(27)} ${measured.bytes.toFixed(3).padStart(10)} ${rate(measured.encode, 34)} ${rate(measured.decode, 12)}`);
}

say('\nDCT, momentum and top-k     M/s      the exact step     M/s');
const extraction: (readonly [number, number])[] = [4, 8, 32].map((k) => [k, measureExtract(planOf(k), repetitions)] as const);
const steps = [3, 16, 64, 256].map((members) => [members, measureApply(planOf(4), members, repetitions)] as const);
for (let i = 0; i < steps.length; i++) {
  const [k, dct] = extraction[i] ?? [undefined, undefined];
  say(`${(k ? `k = ${k}` : '').padEnd(22)} ${rate(dct, 8)}      ${`${steps[i][0]} members`.padEnd(12)} ${rate(steps[i][1], 9)}`);
}

const main = figures.get('4 random')!;
const result = {
  bytesPer4096: round(main.bytes, 4),
  encodeMps: round(main.encode, 1),
  decodeMps: round(main.decode, 1),
  dctTopkMps: round(extraction[0][1], 1),
  applyMps: Object.fromEntries(steps.map(([members, mps]) => [members, round(mps, 1)])),
  floorBytesPer4096: round(floorBytes(4), 4),
  psycheBytesPer4096: psycheBytes(4),
  byK: Object.fromEntries([...figures].map(([name, f]) => [name, { bytesPer4096: round(f.bytes, 4), encodeMps: round(f.encode, 1), decodeMps: round(f.decode, 1) }])),
  kernels: kernels() !== undefined,
};
if (options.output === 'json') console.log(JSON.stringify(result));

function rate(value: number | undefined, width: number): string {
  return (value === undefined ? '' : value.toFixed(0)).padStart(width);
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

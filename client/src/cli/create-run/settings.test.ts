import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { PROJECT_ROOT } from '../../version.js';
import { rateOf, costOf } from './money.js';
import { checkLimits } from './requirements.js';
import { parseSettings, readSettings } from './settings.js';

const folder = join(PROJECT_ROOT, 'templates');
let template: string;
before(async () => void (template = await readFile(join(folder, 'demo-run.toml'), 'utf8')));

test('the template is sound, and so are its defaults', async () => {
  const settings = await readSettings(join(folder, 'demo-run.toml'), { id: 'other' });
  assert.equal(settings.runId, 'other');
  assert.ok(settings.manifest.data.kind === 'text');
  assert.equal(settings.manifest.data.name, 'tinyshakespeare.txt');
  assert.equal(settings.manifest.data.bytes, 1_115_394);
  assert.match(settings.manifest.initialization.seed, /^[0-9a-f]{64}$/);
  assert.equal(settings.config.joinDeposit, 1_000_000n);
  assert.equal(settings.manifest.schedule.totalSteps, 40);

  // Without a length of its own the schedule has the run's, and it ends at a tenth of its rate.
  const bare = await parseSettings(template.replace(/(warmup_steps = \d+\n)total_steps.*\nfinal_learning_rate.*\n/, '$1'), folder);
  assert.equal(bare.manifest.schedule.totalSteps, settings.config.totalSteps);
  assert.equal(bare.manifest.schedule.finalLearningRate, '0.0003');

  // Uncommenting every default changes nothing but what is drawn at random.
  const spelled = template.replaceAll(/^# ([a-z_0-9]+ = .*)$/gm, '$1').replace('seed = "random"', `seed = "${settings.manifest.initialization.seed}"`);
  const same = await parseSettings(spelled.replace('gradient_clip', '# gradient_clip'), folder, { id: 'other' });
  assert.deepEqual(same, settings);
});

test('a point is worth what the file says, whatever the decimals', async () => {
  const settings = await parseSettings(template.replace('tokens_per_point = "0.000001"', 'tokens_per_point = "1/3"'), folder);
  assert.deepEqual(rateOf(settings.treasury!, 2), { num: 100n, den: 3n });
  assert.equal(costOf(settings, { num: 100n, den: 3n }), (1_000_000_000n * 100n + 2n) / 3n);
});

test('every mistake names its field and what it should be', async () => {
  const mistakes: [RegExp, string, RegExp][] = [
    [/warmup_time = \d+/, 'warmup_time = "30 s"', /config\.warmup_time is "30 s"; it has to be a whole number from 1 to .*seconds/],
    [/warmup_time = \d+/, 'warmup_tiem = 30', /config\.warmup_time is missing/],
    [/cooldown_time = \d+/, 'cooldown_time = 15\ncoldown = 1', /config\.coldown is not a setting; \[config\] has /],
    [/min_clients = 2/, 'min_clients = 4', /config\.min_clients is 4.*from 1 to 3/],
    [/layers = 4/, 'layers = 0', /model\.layers is 0/],
    [/width = 128/, 'width = 130', /width/],
    [/compression_decay = "[\d.]+"/, 'compression_decay = "1e-2"', /optimizer\.compression_decay is "1e-2"; it has to be a decimal/],
    [/mint = "new"/, 'mint = "old"', /treasury\.mint is "old"/],
    [/id = "demo"/, 'id = "de mo"', /run's id/],
    [/points_per_step = 1_000_000/, 'points_per_step = 1.5', /points_per_step is 1.5/],
    [/\[schedule\]/, '[shedule]', /schedule\.base_learning_rate is missing/],
    [/\[model\]/, '[model', /line \d+, column \d+/],
    [/\.\.\/data\/tiny/, '../data/huge', /hugeshakespeare.txt can't be read/],
  ];
  for (const [what, instead, message] of mistakes) {
    assert.match(template, what);
    await assert.rejects(parseSettings(template.replace(what, instead), folder), (e: Error) => message.test(e.message) || assert.fail(e.message), instead);
  }
});

test('an integer beyond 2^53 is not rounded', async () => {
  const settings = await parseSettings(template.replace('points_per_step = 1_000_000', 'points_per_step = 9007199254740993'), folder);
  assert.equal(settings.config.pointsPerStep, 9007199254740993n);
});

test('a run of 40 B parameters on a mixture of data sets is sound, and says what it takes', async () => {
  const settings = await readSettings(join(folder, 'consilience-run.toml'));
  const { data, tokenizer, model } = settings.manifest;
  assert.ok(data.kind === 'mixture' && tokenizer.kind === 'tokenizer.json' && model.architecture === 'deepseek_v3');
  assert.deepEqual(data.sources.map((s) => s.weight), [14, 4, 1]);
  assert.equal(settings.paths.size, 0);
  assert.throws(() => checkLimits(settings.manifest), { code: 'RUN_TOO_LARGE' });
});

test('the template of a Llama is sound', async () => {
  const { manifest } = await readSettings(join(folder, 'llama-run.toml'));
  assert.ok(manifest.model.architecture === 'llama' && manifest.optimizer.kind === 'sparseloco' && manifest.schedule.kind === 'wsd');
  checkLimits(manifest);
});

test('settings of every optimizer, schedule and architecture become a manifest', async () => {
  const llama = template
    .replace(/^# architecture = "gpt2".*$/m, 'architecture = "llama"\nhidden_width = 344\nkey_value_heads = 2\nrope_scaling = { kind = "llama3", factor = "8", original_context_length = 32 }')
    .replace(/\[optimizer\][^[]*/, '[optimizer]\nkind = "sparseloco"\nlocal_steps = 15\ncompression_topk = 64\n\n')
    .replace('kind = "linear"', 'kind = "wsd"\ndecay_steps = 10');
  const { manifest } = await parseSettings(llama, folder);
  assert.ok(manifest.model.architecture === 'llama' && manifest.optimizer.kind === 'sparseloco');
  assert.equal(manifest.model.headSize, 32);
  assert.deepEqual(manifest.model.ropeScaling, { kind: 'llama3', factor: '8', lowFrequencyFactor: '1', highFrequencyFactor: '4', originalContextLength: 32 });
  assert.equal(manifest.optimizer.localSteps, 15);
  assert.equal(manifest.schedule.decaySteps, 10);
  const adamw = await parseSettings(template.replace(/\[optimizer\][^[]*/, '[optimizer]\nkind = "adamw"\n\n'), folder);
  assert.deepEqual(adamw.manifest.optimizer, { kind: 'adamw', beta1: '0.9', beta2: '0.95', epsilon: '0.00000001', weightDecay: '0.1' });
  await assert.rejects(parseSettings(llama.replace('key_value_heads = 2', 'key_value_heads = 3'), folder), { code: 'MANIFEST_INVALID' });
});

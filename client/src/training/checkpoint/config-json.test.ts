import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CheckpointError } from '../errors.js';
import type { ModelConfig } from '../manifest.js';
import { decodeConfig, encodeConfig } from './config-json.js';

const rotary = { normEpsilon: '0.000001', ropeTheta: 500_000, tiedEmbeddings: false };
const llama: ModelConfig = {
  architecture: 'llama', vocabSize: 512, contextLength: 128, layers: 2, heads: 8, keyValueHeads: 2, headSize: 16, width: 128, hiddenWidth: 320, ...rotary,
};
const deepseek: ModelConfig = {
  architecture: 'deepseek_v3', vocabSize: 512, contextLength: 128, layers: 2, heads: 4, width: 64, hiddenWidth: 160,
  queryRank: 24, keyValueRank: 16, nopeHeadSize: 12, ropeHeadSize: 8, valueHeadSize: 10, ...rotary,
};
const { queryRank: _, ...plainQueries } = deepseek;

const code = (expected: string, message: RegExp = /./) => (e: unknown) => e instanceof CheckpointError && e.code === expected && message.test(e.message);

test('every kind of model comes back from its config.json', () => {
  const models: ModelConfig[] = [
    { architecture: 'gpt2', vocabSize: 256, contextLength: 128, layers: 4, heads: 4, width: 128 },
    llama,
    { ...llama, tiedEmbeddings: true, ropeScaling: { kind: 'linear', factor: '2.5' } },
    { ...llama, ropeScaling: { kind: 'llama3', factor: '8', lowFrequencyFactor: '1', highFrequencyFactor: '4', originalContextLength: 64 } },
    { ...llama, ropeScaling: { kind: 'yarn', factor: '4', originalContextLength: 32 } },
    deepseek,
    plainQueries,
    { ...deepseek, ropeScaling: { kind: 'yarn', factor: '40', originalContextLength: 64, betaFast: '32', betaSlow: '1', mscale: '1', mscaleAllDim: '0.7' } },
  ];
  for (const model of models) assert.deepEqual(decodeConfig(encodeConfig(model)), model);
  assert.equal((JSON.parse(encodeConfig(llama, 7)) as { eos_token_id: number }).eos_token_id, 7);
});

test('what others write is read: defaults, older names, settings in rope_parameters', () => {
  const json = JSON.parse(encodeConfig(llama)) as Record<string, unknown>;
  const read = (change: Record<string, unknown>): ModelConfig => decodeConfig(JSON.stringify({ ...json, ...change }));
  assert.deepEqual(read({ head_dim: null }), llama);
  assert.equal((read({ num_key_value_heads: undefined }) as { keyValueHeads: number }).keyValueHeads, 8);
  assert.deepEqual(read({ rope_theta: undefined, rope_scaling: undefined, rope_parameters: { rope_type: 'default', rope_theta: 500_000 } }), llama);
  assert.deepEqual((read({ rope_scaling: { type: 'linear', factor: 2 } }) as { ropeScaling: object }).ropeScaling, { kind: 'linear', factor: '2' });
  const yarn = read({ rope_scaling: { rope_type: 'yarn', factor: null, original_max_position_embeddings: 32 } }) as { ropeScaling: object };
  assert.deepEqual(yarn.ropeScaling, { kind: 'yarn', factor: '4', originalContextLength: 32 });
  assert.equal((read({ rms_norm_eps: 1e-8 }) as { normEpsilon: string }).normEpsilon, '0.00000001');
});

test('settings that this client does not have are named', () => {
  const refused = (model: ModelConfig, change: Record<string, unknown>, message: RegExp): void => {
    const json = JSON.stringify({ ...(JSON.parse(encodeConfig(model)) as object), ...change });
    assert.throws(() => decodeConfig(json), code('CONFIG_UNSUPPORTED', message), json);
  };
  refused(llama, { model_type: 'mistral' }, /model_type = "mistral".*gpt2, llama, deepseek_v3/);
  refused(llama, { model_type: 'toString' }, /model_type/);
  refused(llama, { attention_bias: true }, /attention_bias = true/);
  refused(llama, { mlp_bias: true }, /mlp_bias/);
  refused(llama, { hidden_act: 'gelu' }, /hidden_act/);
  refused(llama, { attention_dropout: 0.1 }, /attention_dropout/);
  refused(llama, { quantization_config: { bits: 4 } }, /quantization_config/);
  refused(llama, { rms_norm_eps: '1e-5' }, /rms_norm_eps/);
  refused(llama, { rms_norm_eps: 1e-30 }, /rms_norm_eps.*decimal places/);
  refused(llama, { rope_scaling: { rope_type: 'dynamic', factor: 2 } }, /rope_type = "dynamic"/);
  refused(llama, { rope_scaling: { rope_type: 'yarn', factor: 2, attention_factor: 0.5 } }, /attention_factor/);
  refused(llama, { rope_scaling: { rope_type: 'linear', factor: -1 } }, /factor/);
  refused(llama, { partial_rotary_factor: 0.5 }, /partial_rotary_factor/);
  refused(deepseek, { first_k_dense_replace: 1 }, /first_k_dense_replace = 1.*mixtures of experts/);
  refused(deepseek, { rope_interleave: false }, /rope_interleave/);
  refused(deepseek, { num_key_value_heads: 2 }, /num_key_value_heads/);
  refused({ architecture: 'gpt2', vocabSize: 256, contextLength: 128, layers: 4, heads: 4, width: 128 }, { n_inner: 100 }, /n_inner/);
});

test('sizes that are none, and texts that are no config, are refused', () => {
  const json = JSON.parse(encodeConfig(llama)) as Record<string, unknown>;
  const wrong = [
    { vocab_size: -1 }, { vocab_size: 1e300 }, { hidden_size: 1.5 }, { hidden_size: '128' }, { num_hidden_layers: null }, { num_hidden_layers: 1e9 },
    { num_attention_heads: 0, head_dim: undefined }, { head_dim: 15 }, { num_key_value_heads: 3 }, { rope_theta: 0.5 }, { tie_word_embeddings: 'yes' },
    { rope_scaling: [] }, { rope_scaling: 'linear' },
  ];
  for (const change of wrong) assert.throws(() => decodeConfig(JSON.stringify({ ...json, ...change })), code('CONFIG_INVALID'), JSON.stringify(change));
  for (const text of ['', 'null', '[]', '{"a":NaN}', ' '.repeat(2 ** 20 + 1)]) assert.throws(() => decodeConfig(text), code('CONFIG_INVALID'));
  assert.throws(() => decodeConfig('{}'), code('CONFIG_UNSUPPORTED', /model_type = nothing/));
  // Deeper than what JavaScript can tell of, and objects that are no text.
  const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  for (const key of ['model_type', 'hidden_size', 'hidden_act', 'rms_norm_eps', 'head_dim']) {
    assert.throws(() => decodeConfig(JSON.stringify({ ...json, [key]: 0 }).replace(`"${key}":0`, `"${key}":${deep}`)), code('CONFIG_INVALID'), key);
  }
  assert.throws(() => decodeConfig('{"model_type":{"toString":1}}'), CheckpointError);
});

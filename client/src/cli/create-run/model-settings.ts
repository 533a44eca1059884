import type { ModelConfig, RopeScaling } from '../../training/manifest.js';
import type { TomlFields } from './toml-fields.js';

const WIDEST = 1 << 18;

/** The longest sequence, which the run's config takes from the model as well. */
export function contextLengthOf(t: TomlFields): number {
  return t.whole('context_length', 1, 1 << 17, 'tokens');
}

/** `[model]`; sizes that do not fit each other are found when the manifest is encoded. @throws PsycheError `BAD_SETTINGS` */
export function modelOf(t: TomlFields): ModelConfig {
  const architecture = t.choice('architecture', ['gpt2', 'llama', 'deepseek_v3'], 'gpt2');
  const common = {
    vocabSize: t.whole('vocab_size', 1, 1 << 20, 'tokens', 256),
    contextLength: contextLengthOf(t),
    layers: t.whole('layers', 1, 512, 'layers'),
    heads: t.whole('heads', 1, 1024, 'heads'),
    width: t.whole('width', 1, WIDEST, 'a multiple of heads'),
  };
  if (architecture === 'gpt2') return { architecture, ...common };
  const scaling = t.has('rope_scaling') ? scalingOf(t.table('rope_scaling')) : undefined;
  const rotary = {
    hiddenWidth: t.whole('hidden_width', 1, WIDEST, 'numbers'),
    normEpsilon: t.decimal('norm_epsilon', '0.00001'),
    ropeTheta: t.whole('rope_theta', 1, 2 ** 40, 'base of the rotary frequencies', 10_000),
    ...(scaling ? { ropeScaling: scaling } : {}),
    tiedEmbeddings: t.flag('tied_embeddings', false),
  };
  if (architecture === 'llama') {
    return {
      architecture,
      ...common,
      ...rotary,
      keyValueHeads: t.whole('key_value_heads', 1, 1024, 'a divisor of heads', common.heads),
      headSize: t.whole('head_size', 2, 4096, 'numbers, even', Math.max(2, Math.floor(common.width / common.heads))),
    };
  }
  return {
    architecture,
    ...common,
    ...rotary,
    ...(t.has('query_rank') ? { queryRank: t.whole('query_rank', 1, WIDEST, 'numbers') } : {}),
    keyValueRank: t.whole('key_value_rank', 1, WIDEST, 'numbers'),
    nopeHeadSize: t.whole('nope_head_size', 1, 4096, 'numbers'),
    ropeHeadSize: t.whole('rope_head_size', 2, 4096, 'numbers, even'),
    valueHeadSize: t.whole('value_head_size', 1, 4096, 'numbers'),
  };
}

function scalingOf(t: TomlFields): RopeScaling {
  const kind = t.choice('kind', ['linear', 'llama3', 'yarn']);
  const factor = t.decimal('factor');
  const original = (): number => t.whole('original_context_length', 1, 1 << 20, 'tokens');
  let scaling: RopeScaling;
  if (kind === 'linear') scaling = { kind, factor };
  else if (kind === 'llama3') {
    scaling = { kind, factor, lowFrequencyFactor: t.decimal('low_frequency_factor', '1'), highFrequencyFactor: t.decimal('high_frequency_factor', '4'), originalContextLength: original() };
  } else {
    scaling = { kind, factor, originalContextLength: original() };
    const names = { betaFast: 'beta_fast', betaSlow: 'beta_slow', mscale: 'mscale', mscaleAllDim: 'mscale_all_dim' } as const;
    for (const [field, key] of Object.entries(names) as [keyof typeof names, string][]) if (t.has(key)) scaling[field] = t.decimal(key);
  }
  t.end();
  return scaling;
}

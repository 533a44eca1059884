import { CheckpointError } from '../errors.js';
import type { RopeScaling } from '../manifest.js';
import { decimal, only, unsupported, type Json } from './config-json-fields.js';

/**
 * Rotary settings in either of the shapes they have had: `rope_theta` beside `rope_scaling` (transformers 4), or both in
 * `rope_parameters` (5). Where both are given, the first counts, as there.
 */
export function readRope(c: Json): { ropeTheta: number; ropeScaling?: RopeScaling } {
  const given = c.rope_scaling ?? c.rope_parameters ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) throw new CheckpointError('CONFIG_INVALID', 'config.json has rotary settings that are not an object. Fetch the checkpoint again.');
  const rope = given as Json;
  only({ partial_rotary_factor: rope.partial_rotary_factor ?? c.partial_rotary_factor }, 'partial_rotary_factor', 1);
  const ropeTheta = (rope.rope_theta ?? c.rope_theta ?? 10_000) as number;
  const kind = rope.rope_type ?? rope.type ?? 'default';
  const original = (c.original_max_position_embeddings ?? rope.original_max_position_embeddings ?? c.max_position_embeddings) as number;
  switch (kind) {
    case 'default':
      return { ropeTheta };
    case 'linear':
      return { ropeTheta, ropeScaling: { kind: 'linear', factor: decimal('rope_scaling.factor', rope.factor) } };
    case 'llama3':
      return {
        ropeTheta,
        ropeScaling: {
          kind: 'llama3',
          factor: decimal('rope_scaling.factor', rope.factor),
          lowFrequencyFactor: decimal('rope_scaling.low_freq_factor', rope.low_freq_factor),
          highFrequencyFactor: decimal('rope_scaling.high_freq_factor', rope.high_freq_factor),
          originalContextLength: original,
        },
      };
    case 'yarn':
      return { ropeTheta, ropeScaling: readYarn(c, rope, original) };
    default:
      throw unsupported('rope_scaling.rope_type', kind, 'this client has default, linear, llama3 and yarn');
  }
}

function readYarn(c: Json, rope: Json, originalContextLength: number): RopeScaling {
  only(rope, 'attention_factor', null);
  only(rope, 'truncate', true);
  const scaling: RopeScaling = {
    kind: 'yarn',
    factor: decimal('rope_scaling.factor', rope.factor ?? (c.max_position_embeddings as number) / originalContextLength),
    originalContextLength,
  };
  const optional = { betaFast: 'beta_fast', betaSlow: 'beta_slow', mscale: 'mscale', mscaleAllDim: 'mscale_all_dim' } as const;
  for (const [key, name] of Object.entries(optional)) {
    if (rope[name] !== undefined && rope[name] !== null) scaling[key as keyof typeof optional] = decimal(`rope_scaling.${name}`, rope[name]);
  }
  return scaling;
}

/** The older shape, which both versions read. */
export function writeRope(model: { ropeTheta: number; ropeScaling?: RopeScaling }): Json {
  return { rope_theta: model.ropeTheta, rope_scaling: model.ropeScaling ? scalingJson(model.ropeScaling) : null };
}

function scalingJson(scaling: RopeScaling): Json {
  const json: Json = { rope_type: scaling.kind, factor: Number(scaling.factor) };
  if (scaling.kind === 'linear') return json;
  json.original_max_position_embeddings = scaling.originalContextLength;
  if (scaling.kind === 'llama3') {
    return { ...json, low_freq_factor: Number(scaling.lowFrequencyFactor), high_freq_factor: Number(scaling.highFrequencyFactor) };
  }
  const { betaFast, betaSlow, mscale, mscaleAllDim } = scaling;
  for (const [name, value] of Object.entries({ beta_fast: betaFast, beta_slow: betaSlow, mscale, mscale_all_dim: mscaleAllDim })) {
    if (value !== undefined) json[name] = Number(value);
  }
  return json;
}

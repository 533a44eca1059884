import type { Tensor, Tf } from '../backends/index.js';

type Save = (tensors: Tensor[]) => void;
type CustomGradient = (...parts: unknown[]) => { value: Tensor; gradFunc: (dy: Tensor, saved: Tensor[]) => Tensor[] };

/**
 * A step of the model with its gradient written out: `forward` hands what the gradient needs to `save`, `backward`
 * answers one gradient for each input.
 *
 * TensorFlow.js keeps what a gradient function makes, its `dy` and what was saved until the whole backward pass is over.
 * Here they go as soon as the step's gradients are known, so that memory falls from layer to layer.
 */
export function differentiable(tf: Tf, inputs: readonly Tensor[], forward: (save: Save) => Tensor, backward: (dy: Tensor, saved: Tensor[]) => Tensor[]): Tensor {
  const f: CustomGradient = (...parts) => ({
    value: forward(parts[parts.length - 1] as Save),
    gradFunc: (dy, saved) => {
      const gradients = tf.tidy(() => backward(dy, saved));
      dy.dispose();
      for (const tensor of saved) tensor.dispose();
      return gradients;
    },
  });
  return (tf.customGrad(f as never) as unknown as (...inputs: Tensor[]) => Tensor)(...inputs);
}

/** The tape of TensorFlow.js, which is not part of its published types. */
interface TapeState {
  activeTape: unknown;
}

/**
 * `f` of tensors, of which only those inputs are kept for the backward pass; everything between is computed once more
 * there (activation recomputation, arXiv 1604.06174). `f` must not dispose of its inputs.
 */
export function recomputed(tf: Tf, inputs: readonly Tensor[], f: (inputs: Tensor[]) => Tensor): Tensor {
  return differentiable(
    tf,
    inputs,
    (save) => {
      save([...inputs]);
      return f([...inputs]);
    },
    (dy, saved) => {
      // A gradient inside a gradient starts a tape of its own and then clears the engine's only one.
      const state = (tf.engine() as unknown as { state: TapeState }).state;
      const outer = state.activeTape;
      try {
        return tf.grads((...again) => f(again))(saved, dy);
      } finally {
        state.activeTape = outer;
      }
    },
  );
}

const SPARE: usize = memory.data(32, 16);

/**
 * t = f32(p · decay); p = f32(t − learning rate · sign), for four parameters or the fewer that are left of a row.
 * @param positive,zero masks of 32 bits each; what is neither is negative
 */
// @ts-ignore: decorator
@inline
export function moveParameters(at: usize, positive: v128, zero: v128, lanes: i32, learningRate: f32, decay: f32): void {
  if (lanes < 4) {
    v128.store(SPARE, positive);
    v128.store(SPARE, zero, 16);
    for (let l: usize = 0; l < <usize>lanes; l++) {
      const t = load<f32>(at + 4 * l) * decay;
      const still = load<i32>(SPARE + 4 * l, 16) != 0;
      store<f32>(at + 4 * l, still ? t : load<i32>(SPARE + 4 * l) != 0 ? t - learningRate : t + learningRate);
    }
    return;
  }
  const shift = f32x4.splat(learningRate);
  const t = f32x4.mul(v128.load(at), f32x4.splat(decay));
  const moved = v128.bitselect(f32x4.sub(t, shift), f32x4.add(t, shift), positive);
  v128.store(at, v128.bitselect(t, moved, zero));
}

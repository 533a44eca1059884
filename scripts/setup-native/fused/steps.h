// The arithmetic of the fused operations on plain memory, float32. Sums over rows are formed in blocks of fixed size, so
// that results do not depend on the number of threads.
#pragma once
#include <cstdint>

namespace psyche {

struct Matrix {
  float* data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;
  float* row(int64_t i) const { return data + i * columns; }
};

void gelu(Matrix x, Matrix y);
void geluGrad(Matrix dy, Matrix x, Matrix dx);
/** @param statistics mean and 1/deviation of each row */
void layerNorm(Matrix x, Matrix gain, Matrix bias, float epsilon, Matrix y, Matrix statistics);
void layerNormGrad(Matrix dy, Matrix x, Matrix statistics, Matrix gain, Matrix dx, Matrix dgain, Matrix dbias);
/** Softmax of each row of x + mask; the mask's rows are used over and over. */
void maskedSoftmax(Matrix x, Matrix mask, Matrix p);
void softmaxGrad(Matrix dp, Matrix p, Matrix dx);

/** How attention's rows are cut: `length` positions of `heads` heads. */
struct Heads {
  int64_t heads = 1;
  int64_t length = 1;
  float scale = 1;
};
/** Queries, keys and values side by side [batch·length, 3·heads·size] as [batch·heads, length, size] each, queries scaled. */
void splitHeads(Matrix qkv, Heads shape, Matrix q, Matrix k, Matrix v);
void splitHeadsGrad(Matrix dq, Matrix dk, Matrix dv, Heads shape, Matrix dqkv);
/** [batch·heads, length, size] as [batch·length, heads·size], and back. */
void mergeHeads(Matrix x, Heads shape, Matrix y);
void mergeHeadsGrad(Matrix dy, Heads shape, Matrix dx);

}  // namespace psyche

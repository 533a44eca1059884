#include "steps.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "threads.h"

namespace psyche {
namespace {

/** Rows that one thread takes at a time, and whose sums are formed together. */
constexpr int64_t kBlock = 32;

int64_t blocks(int64_t rows) { return (rows + kBlock - 1) / kBlock; }

template <typename Work>
void forRows(int64_t rows, Work work) {
  inParallel(blocks(rows), [&](int64_t block) {
    for (int64_t i = block * kBlock; i < std::min(rows, (block + 1) * kBlock); i++) work(i);
  });
}

/** e^x within 2 units of the last place, for x up to 88; a polynomial, which the compiler turns into vectors. */
inline float exponential(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float k = std::floor(x * 1.44269504f + 0.5f);
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691e-4f;
  p = p * r + 1.3981999e-3f;
  p = p * r + 8.3334519e-3f;
  p = p * r + 4.1665795e-2f;
  p = p * r + 1.6666665e-1f;
  p = p * r + 0.5f;
  p = p * r * r + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(k) + 127) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

/** √(2/π), of the tanh approximation that GPT-2 calls gelu_new: x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³). */
constexpr float kScale = 0.7978845608028654f;
constexpr float kCubic = 0.044715f;

inline float sigmoidOf(float x) { return 1.0f / (1.0f + exponential(-2.0f * kScale * (x + kCubic * x * x * x))); }

/** By lanes, which the compiler turns into vectors. What is not a number is left to the sum to show. */
inline float largestOf(const float* values, int64_t n) {
  constexpr int64_t kLanes = 16;
  float lanes[kLanes];
  std::fill(lanes, lanes + kLanes, -INFINITY);
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
    for (int64_t l = 0; l < kLanes; l++) lanes[l] = lanes[l] < values[j + l] ? values[j + l] : lanes[l];
  }
  float largest = *std::max_element(lanes, lanes + kLanes);
  for (; j < n; j++) largest = std::max(largest, values[j]);
  return largest;
}

}  // namespace

void gelu(Matrix x, Matrix y) {
  forRows(x.rows, [&](int64_t i) {
    const float* in = x.row(i);
    float* out = y.row(i);
    for (int64_t j = 0; j < x.columns; j++) out[j] = in[j] * sigmoidOf(in[j]);
  });
}

void geluGrad(Matrix dy, Matrix x, Matrix dx) {
  forRows(x.rows, [&](int64_t i) {
    const float *in = x.row(i), *d = dy.row(i);
    float* out = dx.row(i);
    for (int64_t j = 0; j < x.columns; j++) {
      const float s = sigmoidOf(in[j]);
      const float inner = 2.0f * kScale * (1.0f + 3.0f * kCubic * in[j] * in[j]);
      out[j] = d[j] * (s + in[j] * s * (1.0f - s) * inner);
    }
  });
}

void layerNorm(Matrix x, Matrix gain, Matrix bias, float epsilon, Matrix y, Matrix statistics) {
  const int64_t n = x.columns;
  forRows(x.rows, [&](int64_t i) {
    const float* in = x.row(i);
    float sum = 0;
    for (int64_t j = 0; j < n; j++) sum += in[j];
    const float mean = sum / n;
    float squares = 0;
    for (int64_t j = 0; j < n; j++) squares += (in[j] - mean) * (in[j] - mean);
    const float scale = 1.0f / std::sqrt(squares / n + epsilon);
    float* out = y.row(i);
    for (int64_t j = 0; j < n; j++) out[j] = (in[j] - mean) * scale * gain.data[j] + bias.data[j];
    statistics.row(i)[0] = mean;
    statistics.row(i)[1] = scale;
  });
}

void layerNormGrad(Matrix dy, Matrix x, Matrix statistics, Matrix gain, Matrix dx, Matrix dgain, Matrix dbias) {
  const int64_t n = x.columns;
  const int64_t count = blocks(x.rows);
  std::vector<float> sums(2 * n * count, 0.0f);
  inParallel(count, [&](int64_t block) {
    float* ofGain = sums.data() + 2 * n * block;
    float* ofBias = ofGain + n;
    for (int64_t i = block * kBlock; i < std::min(x.rows, (block + 1) * kBlock); i++) {
      const float *in = x.row(i), *d = dy.row(i);
      const float mean = statistics.row(i)[0], scale = statistics.row(i)[1];
      float along = 0, total = 0;
      for (int64_t j = 0; j < n; j++) {
        const float normal = (in[j] - mean) * scale;
        const float dn = d[j] * gain.data[j];
        along += dn * normal;
        total += dn;
        ofGain[j] += d[j] * normal;
        ofBias[j] += d[j];
      }
      along /= n;
      total /= n;
      float* out = dx.row(i);
      for (int64_t j = 0; j < n; j++) out[j] = (d[j] * gain.data[j] - total - (in[j] - mean) * scale * along) * scale;
    }
  });
  std::fill(dgain.data, dgain.data + n, 0.0f);
  std::fill(dbias.data, dbias.data + n, 0.0f);
  for (int64_t block = 0; block < count; block++) {
    const float* part = sums.data() + 2 * n * block;
    for (int64_t j = 0; j < n; j++) dgain.data[j] += part[j];
    for (int64_t j = 0; j < n; j++) dbias.data[j] += part[n + j];
  }
}

void maskedSoftmax(Matrix x, Matrix mask, Matrix p) {
  const int64_t n = x.columns;
  forRows(x.rows, [&](int64_t i) {
    const float *in = x.row(i), *hidden = mask.row(i % mask.rows);
    float* out = p.row(i);
    for (int64_t j = 0; j < n; j++) out[j] = in[j] + hidden[j];
    const float largest = largestOf(out, n);
    float sum = 0;
    for (int64_t j = 0; j < n; j++) {
      out[j] = exponential(out[j] - largest);
      sum += out[j];
    }
    const float scale = 1.0f / sum;
    for (int64_t j = 0; j < n; j++) out[j] *= scale;
  });
}

void softmaxGrad(Matrix dp, Matrix p, Matrix dx) {
  const int64_t n = p.columns;
  forRows(p.rows, [&](int64_t i) {
    const float *d = dp.row(i), *probability = p.row(i);
    float along = 0;
    for (int64_t j = 0; j < n; j++) along += d[j] * probability[j];
    float* out = dx.row(i);
    for (int64_t j = 0; j < n; j++) out[j] = probability[j] * (d[j] - along);
  });
}

namespace {

/** Calls work(position, head, row of the [batch·heads, length, size] matrices) for all of them. */
template <typename Work>
void forHeads(int64_t positions, Heads shape, Work work) {
  forRows(positions, [&](int64_t position) {
    const int64_t sequence = position / shape.length, at = position % shape.length;
    for (int64_t head = 0; head < shape.heads; head++) work(position, head, (sequence * shape.heads + head) * shape.length + at);
  });
}

}  // namespace

void splitHeads(Matrix qkv, Heads shape, Matrix q, Matrix k, Matrix v) {
  const int64_t n = q.columns, width = n * shape.heads;
  forHeads(qkv.rows, shape, [&](int64_t position, int64_t head, int64_t row) {
    const float* in = qkv.row(position) + head * n;
    float* out = q.row(row);
    for (int64_t j = 0; j < n; j++) out[j] = in[j] * shape.scale;
    std::memcpy(k.row(row), in + width, n * sizeof(float));
    std::memcpy(v.row(row), in + 2 * width, n * sizeof(float));
  });
}

void splitHeadsGrad(Matrix dq, Matrix dk, Matrix dv, Heads shape, Matrix dqkv) {
  const int64_t n = dq.columns, width = n * shape.heads;
  forHeads(dqkv.rows, shape, [&](int64_t position, int64_t head, int64_t row) {
    float* out = dqkv.row(position) + head * n;
    const float* in = dq.row(row);
    for (int64_t j = 0; j < n; j++) out[j] = in[j] * shape.scale;
    std::memcpy(out + width, dk.row(row), n * sizeof(float));
    std::memcpy(out + 2 * width, dv.row(row), n * sizeof(float));
  });
}

void mergeHeads(Matrix x, Heads shape, Matrix y) {
  const int64_t n = x.columns;
  forHeads(y.rows, shape, [&](int64_t position, int64_t head, int64_t row) { std::memcpy(y.row(position) + head * n, x.row(row), n * sizeof(float)); });
}

void mergeHeadsGrad(Matrix dy, Heads shape, Matrix dx) {
  const int64_t n = dx.columns;
  forHeads(dy.rows, shape, [&](int64_t position, int64_t head, int64_t row) { std::memcpy(dx.row(row), dy.row(position) + head * n, n * sizeof(float)); });
}

}  // namespace psyche

// Steps of a transformer as TensorFlow operations for the processor, one pass over memory each instead of one per
// addition and product. Registered through TensorFlow's C interface, which stays the same between versions; linked into
// tfjs-node's binding, so that they are there when it has loaded.
#include "steps.h"

#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"

namespace {

using psyche::Heads;
using psyche::Matrix;

/** The inputs and outputs of one call; the last axis is a row, the others are rows' count. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    TF_DeleteStatus(status_);
  }

  Matrix input(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    return view(tensor);
  }
  /** Shaped like an input. */
  Matrix output(int index, int like) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, like, &tensor, status_);
    if (!ok()) return {};
    tensors_.push_back(tensor);
    std::vector<int64_t> shape;
    for (int i = 0; i < TF_NumDims(tensor); i++) shape.push_back(TF_Dim(tensor, i));
    return output(index, shape);
  }
  Matrix output(int index, const std::vector<int64_t>& shape) {
    size_t bytes = sizeof(float);
    for (int64_t size : shape) bytes *= size;
    return view(TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), shape.size(), bytes, status_));
  }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  void fail(const char* message) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, message); }

 private:
  Matrix view(TF_Tensor* tensor) {
    if (!ok() || tensor == nullptr) return {};
    tensors_.push_back(tensor);
    const int rank = TF_NumDims(tensor);
    const int64_t columns = rank == 0 ? 1 : TF_Dim(tensor, rank - 1);
    const int64_t count = TF_TensorElementCount(tensor);
    return {static_cast<float*>(TF_TensorData(tensor)), columns == 0 ? 0 : count / columns, columns};
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

bool alike(const Matrix& a, const Matrix& b) { return a.rows == b.rows && a.columns == b.columns; }

struct Epsilon {
  float value;
};

void* readEpsilon(TF_OpKernelConstruction* construction) {
  auto* epsilon = new Epsilon{0};
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &epsilon->value, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return epsilon;
}
void deleteEpsilon(void* state) { delete static_cast<Epsilon*>(state); }

void gelu(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Matrix x = call.input(0);
  const Matrix y = call.output(0, 0);
  if (call.ok()) psyche::gelu(x, y);
}

void geluGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Matrix dy = call.input(0), x = call.input(1);
  if (call.ok() && !alike(dy, x)) call.fail("dy and x differ in shape");
  const Matrix dx = call.output(0, 1);
  if (call.ok()) psyche::geluGrad(dy, x, dx);
}

void layerNorm(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const Matrix x = call.input(0), gain = call.input(1), bias = call.input(2);
  if (call.ok() && (gain.columns != x.columns || bias.columns != x.columns)) call.fail("gain and bias are not as wide as x");
  const Matrix y = call.output(0, 0);
  const Matrix statistics = call.output(1, {x.rows, 2});
  if (call.ok()) psyche::layerNorm(x, gain, bias, static_cast<Epsilon*>(state)->value, y, statistics);
}

void layerNormGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Matrix dy = call.input(0), x = call.input(1), statistics = call.input(2), gain = call.input(3);
  if (call.ok() && (!alike(dy, x) || statistics.rows != x.rows || statistics.columns != 2 || gain.columns != x.columns)) call.fail("shapes do not fit");
  const Matrix dx = call.output(0, 1), dgain = call.output(1, 3), dbias = call.output(2, 3);
  if (call.ok()) psyche::layerNormGrad(dy, x, statistics, gain, dx, dgain, dbias);
}

void maskedSoftmax(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Matrix x = call.input(0), mask = call.input(1);
  if (call.ok() && (mask.columns != x.columns || mask.rows == 0 || x.rows % mask.rows != 0)) call.fail("the mask does not fit the scores");
  const Matrix p = call.output(0, 0);
  if (call.ok()) psyche::maskedSoftmax(x, mask, p);
}

void softmaxGrad(void*, TF_OpKernelContext* context) {
  Call call(context);
  const Matrix dp = call.input(0), p = call.input(1);
  if (call.ok() && !alike(dp, p)) call.fail("dp and p differ in shape");
  const Matrix dx = call.output(0, 1);
  if (call.ok()) psyche::softmaxGrad(dp, p, dx);
}

void* readHeads(TF_OpKernelConstruction* construction) {
  auto* shape = new Heads();
  TF_Status* status = TF_NewStatus();
  TF_OpKernelConstruction_GetAttrInt64(construction, "heads", &shape->heads, status);
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrInt64(construction, "length", &shape->length, status);
  if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrFloat(construction, "scale", &shape->scale, status);
  if (TF_GetCode(status) == TF_OK && (shape->heads < 1 || shape->length < 1)) TF_SetStatus(status, TF_INVALID_ARGUMENT, "heads and length are at least 1");
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return shape;
}
void deleteHeads(void* state) { delete static_cast<Heads*>(state); }

/** Whether so many rows are whole sequences of positions, or of positions of all heads. */
bool whole(int64_t rows, int64_t unit) { return rows > 0 && rows % unit == 0; }

void splitHeads(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const Heads shape = *static_cast<Heads*>(state);
  const Matrix qkv = call.input(0);
  if (call.ok() && (!whole(qkv.rows, shape.length) || qkv.columns % (3 * shape.heads) != 0)) call.fail("rows do not fit heads and length");
  const std::vector<int64_t> dims = {qkv.rows / shape.length * shape.heads, shape.length, qkv.columns / (3 * shape.heads)};
  if (!call.ok()) return;
  const Matrix q = call.output(0, dims), k = call.output(1, dims), v = call.output(2, dims);
  if (call.ok()) psyche::splitHeads(qkv, shape, q, k, v);
}

void splitHeadsGrad(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const Heads shape = *static_cast<Heads*>(state);
  const Matrix dq = call.input(0), dk = call.input(1), dv = call.input(2);
  if (call.ok() && (!whole(dq.rows, shape.length * shape.heads) || !alike(dq, dk) || !alike(dq, dv))) call.fail("rows do not fit heads and length");
  if (!call.ok()) return;
  const Matrix dqkv = call.output(0, {dq.rows / shape.heads, 3 * shape.heads * dq.columns});
  if (call.ok()) psyche::splitHeadsGrad(dq, dk, dv, shape, dqkv);
}

void mergeHeads(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const Heads shape = *static_cast<Heads*>(state);
  const Matrix x = call.input(0);
  if (call.ok() && !whole(x.rows, shape.length * shape.heads)) call.fail("rows do not fit heads and length");
  if (!call.ok()) return;
  const Matrix y = call.output(0, {x.rows / shape.heads, shape.heads * x.columns});
  if (call.ok()) psyche::mergeHeads(x, shape, y);
}

void mergeHeadsGrad(void* state, TF_OpKernelContext* context) {
  Call call(context);
  const Heads shape = *static_cast<Heads*>(state);
  const Matrix dy = call.input(0);
  if (call.ok() && (!whole(dy.rows, shape.length) || dy.columns % shape.heads != 0)) call.fail("rows do not fit heads and length");
  if (!call.ok()) return;
  const Matrix dx = call.output(0, {dy.rows / shape.length * shape.heads, shape.length, dy.columns / shape.heads});
  if (call.ok()) psyche::mergeHeadsGrad(dy, shape, dx);
}

using Create = void* (*)(TF_OpKernelConstruction*);
using Compute = void (*)(void*, TF_OpKernelContext*);
using Delete = void (*)(void*);

void add(const char* name, const std::vector<const char*>& inputs, const std::vector<const char*>& outputs, Compute compute, const std::vector<const char*>& attributes = {},
         Create create = nullptr, Delete remove = nullptr) {
  TF_Status* status = TF_NewStatus();
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_RegisterOpDefinition(definition, status);
  // One that could not be registered is not there when asked for; the client then does without.
  if (TF_GetCode(status) == TF_OK) TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, remove), status);
  TF_DeleteStatus(status);
}

const bool registered = [] {
  add("PsycheGelu", {"x: float"}, {"y: float"}, gelu);
  add("PsycheGeluGrad", {"dy: float", "x: float"}, {"dx: float"}, geluGrad);
  add("PsycheLayerNorm", {"x: float", "gain: float", "bias: float"}, {"y: float", "statistics: float"}, layerNorm, {"epsilon: float"}, readEpsilon, deleteEpsilon);
  add("PsycheLayerNormGrad", {"dy: float", "x: float", "statistics: float", "gain: float"}, {"dx: float", "dgain: float", "dbias: float"}, layerNormGrad);
  add("PsycheMaskedSoftmax", {"x: float", "mask: float"}, {"p: float"}, maskedSoftmax);
  add("PsycheSoftmaxGrad", {"dp: float", "p: float"}, {"dx: float"}, softmaxGrad);
  const std::vector<const char*> heads = {"heads: int", "length: int", "scale: float"};
  add("PsycheSplitHeads", {"qkv: float"}, {"q: float", "k: float", "v: float"}, splitHeads, heads, readHeads, deleteHeads);
  add("PsycheSplitHeadsGrad", {"dq: float", "dk: float", "dv: float"}, {"dqkv: float"}, splitHeadsGrad, heads, readHeads, deleteHeads);
  add("PsycheMergeHeads", {"x: float"}, {"y: float"}, mergeHeads, heads, readHeads, deleteHeads);
  add("PsycheMergeHeadsGrad", {"dy: float"}, {"dx: float"}, mergeHeadsGrad, heads, readHeads, deleteHeads);
  return true;
}();

}  // namespace

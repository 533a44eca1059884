import { parentPort, workerData } from 'node:worker_threads';
import { openBackend, type Tensor } from './backends/index.js';
import type { ModelConfig } from './manifest.js';
import { addGradient } from './model/gradient.js';
import { createModel, type ModelOptions } from './model/model.js';

/** What a thread is made for. Both arrays are shared with the thread that asks. */
export interface GradientThreadData {
  config: ModelConfig;
  options: ModelOptions;
  parameters: Float32Array;
  gradient: Float32Array;
}
/** `fresh`: the parameters have changed since the last request; none: the thread lets go of them. */
export interface GradientRequest {
  sequences?: readonly Int32Array[];
  fresh: boolean;
}
export type GradientReply = { loss: number } | { code?: string; message: string };

const { config, options, parameters, gradient } = workerData as GradientThreadData;
const ready = openBackend({ backend: 'wasm', threads: 1 }).then((backend) => ({ backend, model: createModel(backend, config, options) }));
let uploaded: Tensor[] = [];

/** Leaves one micro-batch's gradient in the shared array. @returns its mean loss */
async function work({ sequences, fresh }: GradientRequest): Promise<number> {
  const { backend, model } = await ready;
  if (fresh || sequences === undefined) {
    for (const tensor of uploaded) tensor.dispose();
    uploaded = [];
  }
  if (sequences === undefined) return 0;
  if (uploaded.length === 0) uploaded = model.upload(parameters);
  gradient.fill(0);
  const loss = await addGradient(backend, model, uploaded, sequences, 1, gradient);
  backend.checkMemory();
  return loss;
}

parentPort!.on('message', (request: GradientRequest) => {
  work(request).then(
    (loss) => parentPort!.postMessage({ loss } satisfies GradientReply),
    (error: Error & { code?: string }) => parentPort!.postMessage({ code: error.code, message: error.message } satisfies GradientReply),
  );
});

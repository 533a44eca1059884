import { Worker } from 'node:worker_threads';

/**
 * Starts a thread that runs a module of this package.
 * @param module the importing module's neighbour, without its extension: `new URL('./worker', import.meta.url)`
 *
 * Built, it is JavaScript; from source, as tests run, it is TypeScript, which a thread has to be taught first.
 */
export function startWorker(module: URL, workerData?: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`${module.href}.js`), { workerData });
  const [tsx, program] = [import.meta.resolve('tsx/esm/api'), `${module.href}.ts`];
  return new Worker(`import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(program)}); })`, { eval: true, workerData });
}

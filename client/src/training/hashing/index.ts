export { HashWorker, type HashWorkerOptions } from './hash-worker.js';

import { parentPort } from 'node:worker_threads';
import { hashLeaves } from './leaves.js';

/** Chunks `first` to `end` of the bytes are to be hashed into `leaves`; both are shared with the thread that asks. */
export interface HashRequest {
  id: number;
  bytes: Uint8Array;
  leaves: Uint8Array;
  first: number;
  end: number;
}

parentPort!.on('message', ({ id, bytes, leaves, first, end }: HashRequest) => {
  hashLeaves(bytes, first, end, leaves);
  parentPort!.postMessage(id);
});

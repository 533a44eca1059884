// Commits, with all signatures right, to a payload that is none.
import { randomBytes } from 'node:crypto';
import { clientModule } from './patch.js';

const { TrainingEngine } = await clientModule('training/engine.js');
const { makePayload } = TrainingEngine.prototype;
TrainingEngine.prototype.makePayload = async function (...args: unknown[]): Promise<unknown> {
  const made = await makePayload.apply(this, args);
  return { ...made, payload: Uint8Array.from(randomBytes(made.payload.length)) };
};

import { BorshCoder, EventParser, type Idl } from '@coral-xyz/anchor';
import { coordinatorIdl } from '../../../client/src/chain/idl.js';
import type { Done } from './network.js';
import type { Scene } from './scene.js';

/** The coordinator's events of one name that a transaction emitted. */
export function events(scene: Scene, done: Done, name: string): Record<string, unknown>[] {
  const parser = new EventParser(scene.network.ids.coordinator, new BorshCoder(coordinatorIdl as unknown as Idl));
  return [...parser.parseLogs(done.logs)].filter((e) => e.name.toLowerCase() === name.toLowerCase()).map((e) => e.data);
}

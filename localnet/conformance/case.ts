import type { Manner } from './compare.js';
import type { Scene } from './keys.js';

/** One request that both validators get. */
export interface Case {
  readonly name: string;
  readonly method: string;
  readonly params: (scene: Scene) => readonly unknown[];
  readonly manner: Manner;
  /** The part of the reply that is compared, where it is not all of it. */
  readonly pick?: (result: unknown, scene: Scene) => unknown;
}

type Params = readonly unknown[] | ((scene: Scene) => readonly unknown[]);

/** Collects a topic's cases. */
export class Cases {
  readonly list: Case[] = [];

  constructor(readonly topic: string) {}

  /** Replies must have the same values, but for what time and chance make. */
  values(name: string, method: string, params: Params = [], pick?: Case['pick']): void {
    this.#add(name, method, params, 'values', pick);
  }

  /** Replies must have the same fields of the same kinds, and the same error codes. */
  shapes(name: string, method: string, params: Params = [], pick?: Case['pick']): void {
    this.#add(name, method, params, 'shapes', pick);
  }

  #add(name: string, method: string, params: Params, manner: Manner, pick: Case['pick']): void {
    this.list.push({
      name: `${this.topic}: ${method} ${name}`.trim(), method, params: typeof params === 'function' ? params : () => params, manner, pick,
    });
  }
}

import type { Case, Cases } from './case.js';
import { compare, type Difference, type Manner } from './compare.js';
import type { Scene } from './keys.js';
import type { Reply, Target } from './target.js';

/** A validator with what was set up on it. */
export interface Prepared {
  readonly target: Target;
  readonly scene: Scene;
}

/** Sends the same to both validators and collects the differences. */
export class Comparison {
  readonly differences: Difference[] = [];
  /** How many requests both got. */
  requests = 0;

  constructor(readonly real: Prepared, readonly embedded: Prepared) {}

  /** Compares any two values. */
  check(of: string, real: unknown, embedded: unknown, manner: Manner): void {
    this.requests += 1;
    const names = { real: this.real.target.names, embedded: this.embedded.target.names };
    this.differences.push(...compare(of, real, embedded, manner, names));
  }

  async run({ list }: Cases): Promise<void> {
    for (const one of list) {
      const [real, embedded] = await Promise.all([ask(one, this.real), ask(one, this.embedded)]);
      this.check(one.name, real, embedded, one.manner);
    }
  }

  /** Compares the answers to a body that need not be a request. */
  async post(name: string, body: string): Promise<void> {
    const [real, embedded] = await Promise.all([this.real, this.embedded].map(async ({ target }) => {
      const { status, text } = await target.post(body);
      return { status, body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text };
    }));
    this.check(`bodies: ${name}`, real, embedded, 'values');
  }
}

async function ask({ method, params, pick }: Case, { scene, target }: Prepared): Promise<Reply> {
  const reply = await target.call(method, params(scene));
  return reply.error || !pick ? reply : { result: pick(reply.result, scene) };
}

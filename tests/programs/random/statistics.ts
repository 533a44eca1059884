/** What was sent how often, and what came of it. */
export class Statistics {
  readonly #outcomes = new Map<string, Map<string, number>>();
  readonly #states = new Map<string, number>();
  readonly #hostile = { sent: 0, succeeded: 0 };

  /** @param error absent where it succeeded. @param hostile how it was changed, if it was. */
  count(name: string, error: string | undefined, hostile: string | undefined): void {
    if (hostile) {
      this.#hostile.sent += 1;
      if (!error) this.#hostile.succeeded += 1;
    }
    let outcomes = this.#outcomes.get(name);
    if (!outcomes) this.#outcomes.set(name, (outcomes = new Map()));
    const outcome = error ?? '';
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  reached(state: string): void {
    this.#states.set(state, (this.#states.get(state) ?? 0) + 1);
  }

  sent(name?: string): number {
    return this.#sum((n) => name === undefined || n === name, () => true);
  }

  succeeded(name?: string): number {
    return this.#sum((n) => name === undefined || n === name, (outcome) => outcome === '');
  }

  /** How often a state was entered. */
  entered(state: string): number {
    return this.#states.get(state) ?? 0;
  }

  #sum(names: (name: string) => boolean, outcomes: (outcome: string) => boolean): number {
    let sum = 0;
    for (const [name, counts] of this.#outcomes) {
      if (names(name)) for (const [outcome, count] of counts) if (outcomes(outcome)) sum += count;
    }
    return sum;
  }

  /** One line for each instruction: sent, succeeded, and its refusals by error. */
  table(): string {
    const numbers = (...of: number[]): string => of.map((n) => String(n).padStart(7)).join('');
    const lines = [...this.#outcomes.keys()].sort().map((name) => {
      const refusals = [...this.#outcomes.get(name)!].filter(([outcome]) => outcome !== '').sort((a, b) => b[1] - a[1]);
      const errors = refusals.map(([error, count]) => `${error} ${count}`).join(', ');
      return `${name.padEnd(36)}${numbers(this.sent(name), this.succeeded(name))}  ${errors}`;
    });
    const states = [...this.#states].map(([state, count]) => `${state} ${count}`).join(', ');
    return [
      `${'instruction'.padEnd(36)}   sent     ok  refused by`, ...lines,
      `all: ${this.sent()} sent, ${this.succeeded()} succeeded`,
      `changed into something hostile: ${this.#hostile.sent} sent, ${this.#hostile.succeeded} succeeded`,
      `states entered: ${states}`,
    ].join('\n');
  }
}

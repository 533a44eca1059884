let controller: AbortController | undefined;

/** Aborts at the first Ctrl-C or SIGTERM; at the second the process ends at once. */
export function untilInterrupted(): AbortSignal {
  if (controller) return controller.signal;
  const made = (controller = new AbortController());
  const stop = (code: number): void => {
    if (made.signal.aborted) process.exit(code);
    process.exitCode = code;
    made.abort(new Interrupted());
  };
  process.on('SIGINT', () => stop(130));
  process.on('SIGTERM', () => stop(143));
  return made.signal;
}

/** Why a signal aborted: no failure, and nothing to explain. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'AbortError';
  }
}

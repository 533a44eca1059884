import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts when somebody asks this process to stop: Ctrl-C, SIGTERM, or, for a child of `dev`, the end of
 * the pipe from its parent, however that one died. A second Ctrl-C ends the process at once.
 */
export function untilAsked(tell: (message: string) => void): AbortSignal {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // all that is under way listens
  const stop = (why: string, code: number): void => {
    if (controller.signal.aborted) process.exit(code);
    tell(`${why}: leaving`);
    controller.abort(new Error(why));
  };
  // A log that nobody reads any more is no reason to leave an epoch.
  process.stdout.on('error', () => {});
  process.on('SIGINT', () => stop('interrupted', 130));
  process.on('SIGTERM', () => stop('asked to stop', 143));
  if (process.env['PSYCHE_PARENT_PIPE'] === '1') {
    process.stdin.on('end', () => stop('the parent process is gone', 1));
    process.stdin.on('error', () => stop('the parent process is gone', 1));
    process.stdin.resume();
    process.stdin.unref();
  }
  return controller.signal;
}

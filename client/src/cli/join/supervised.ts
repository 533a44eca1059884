import { PsycheError } from '../../errors.js';

/** What a client tells the process that starts it again. */
export type ClientReport = { client: 'joined' } | { client: 'failed'; error: string };

/** The environment variable by which a client knows that it is the one that is started again, not the one that starts. */
export const SUPERVISED = 'PSYCHE_SUPERVISED';

export const isSupervised = (): boolean => process.env[SUPERVISED] === '1' && process.send !== undefined;

/** Tells it, if there is anybody to tell. Settles when it is said, and never fails. */
export async function report(message: ClientReport): Promise<void> {
  if (!isSupervised()) return;
  await new Promise<void>((resolve) => {
    try {
      process.send!(message, () => resolve());
    } catch {
      resolve(); // nobody listens any more
    }
  });
}

/** Reports what ends a client, if it ends on purpose: of anything else its exit says enough. */
export async function reportFailure(error: unknown): Promise<void> {
  if (error instanceof PsycheError) await report({ client: 'failed', error: error.code });
}

/** The report in what came from a child process; undefined for anything else. */
export function readReport(message: unknown): ClientReport | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { client, error } = message as { client?: unknown; error?: unknown };
  if (client === 'joined') return { client };
  return client === 'failed' && typeof error === 'string' ? { client, error } : undefined;
}

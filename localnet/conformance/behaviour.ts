import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RealValidator } from '../src/testing/real-validator.js';

export interface BehaviourResult {
  readonly passed: boolean;
  readonly count: number;
  readonly output: string;
}

/** Runs the tests of `behaviour-on-real.ts` in a process of their own, on a validator that runs already. */
export async function testBehaviour({ url, wsUrl }: Pick<RealValidator, 'url' | 'wsUrl'>, signal: AbortSignal): Promise<BehaviourResult> {
  const file = fileURLToPath(new URL('behaviour-on-real.ts', import.meta.url));
  const env = { ...process.env, PSYCHE_TARGET_URL: url, PSYCHE_TARGET_WS_URL: wsUrl };
  const child = spawn(process.execPath, ['--import', 'tsx', '--test-reporter=spec', file], {
    // A test that waits for a validator that is gone heeds no softer signal.
    env, signal, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'inherit'],
  });
  // An abort ends it, and is told by whoever aborted.
  child.on('error', () => {});
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const count = Number(/^ℹ pass (\d+)$/m.exec(output)?.[1] ?? 0);
  return { passed: code === 0 && count > 0, count, output };
}

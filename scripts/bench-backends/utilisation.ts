import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Does some work and says how busy the GPU was meanwhile, 0 to 1: the mean of what nvidia-smi sees five times a second. */
export async function useOf<T extends object>(work: () => Promise<T>): Promise<T & { use?: number }> {
  const child = spawn('nvidia-smi', ['--query-gpu=utilization.gpu', '--format=csv,noheader,nounits', '-lms', '200'], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (s: string) => (text += s));
  const ended = once(child, 'close').catch(() => {}); // not there: then nobody knows
  try {
    const result = await work();
    const seen = text.split('\n').map(Number).filter((n, i, all) => i < all.length - 1 && Number.isFinite(n));
    return { ...result, ...(seen.length > 0 ? { use: seen.reduce((a, b) => a + b, 0) / seen.length / 100 } : {}) };
  } finally {
    child.kill();
    await ended;
  }
}

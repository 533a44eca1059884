import { readFileSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';

/** The machine that something was measured on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryBytes: number;
  node: string;
}

export function machine(): Machine {
  const all = cpus();
  return { processor: all[0]?.model.trim() ?? 'unknown', cores: all.length, memoryBytes: totalmem(), node: process.version };
}

/** Processor milliseconds that all cores together were busy, and were there, since the machine started. */
export function cpuTimes(): { busyMs: number; allMs: number } {
  let [busyMs, allMs] = [0, 0];
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    allMs += all;
    busyMs += all - times.idle;
  }
  return { busyMs, allMs };
}

/** Bytes that processes can still have without others being pushed out. */
export function availableMemory(): number {
  try {
    const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    if (kilobytes !== undefined) return 1024 * Number(kilobytes);
  } catch {
    // Not Linux.
  }
  return freemem();
}

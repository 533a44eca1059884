import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/* What Linux tells of processes in /proc. */

/** Processes whose command line has `text` in it, zombies left out. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(text) && isAlive(Number(name)))
    .map(Number);
}

/** Whether a process runs, or is stopped; what only waits to be reaped is over. */
export function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

/** Main memory that a process takes now, and the most it ever took; bytes. Undefined where it is gone. */
export function memoryOf(pid: number): { now: number; peak: number } | undefined {
  const status = read(`/proc/${pid}/status`);
  const [now, peak] = ['VmRSS', 'VmHWM'].map((name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024);
  return Number.isFinite(now) && Number.isFinite(peak) ? { now, peak } : undefined;
}

/** Which of some processes has the end of a TCP connection at this port of this machine. */
export function ownerOf(port: number, pids: readonly number[]): number | undefined {
  const inodes = new Set(inodesAt(port).map((inode) => `socket:[${inode}]`));
  if (inodes.size === 0) return undefined;
  return pids.find((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(linkOf(`/proc/${pid}/fd/${fd}`)));
    } catch {
      return false;
    }
  });
}

function inodesAt(port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return ['tcp', 'tcp6'].flatMap((table) =>
    read(`/proc/net/${table}`)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .flatMap((fields) => (fields[1]?.endsWith(`:${hex}`) && fields[9] !== '0' ? [fields[9]] : [])),
  );
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

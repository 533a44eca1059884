import { BEST_FIRST, type BackendKind } from '../../training/backends/index.js';
import { bold, print, table } from '../common/output.js';
import { probeApart } from './apart.js';
import type { DevicesFlags } from './options.js';
import { probe, type Probe } from './probe.js';

/** One at a time, since measuring two at once would measure neither. */
export async function devices(flags: DevicesFlags): Promise<void> {
  if (flags.probe) {
    print('json', '', await probe(flags.probe, flags.threads, flags.measure));
    return;
  }
  const kinds: readonly BackendKind[] = flags.backend ? [flags.backend] : BEST_FIRST;
  const found: Probe[] = [];
  for (const kind of kinds) found.push(await probeApart(kind, flags.threads, flags.measure));
  const chosen = chosenOf(found);
  print(flags.output, describe(found, chosen), { chosen: chosen ?? null, backends: found });
}

/** What `join` takes without being told: the environment's, else the best that works. */
export function chosenOf(found: readonly Probe[]): BackendKind | undefined {
  const wanted = process.env.PSYCHE_BACKEND;
  const working = found.filter((p) => p.works).map((p) => p.kind);
  if (wanted && wanted !== 'auto') return working.find((kind) => kind === wanted);
  return BEST_FIRST.find((kind) => working.includes(kind));
}

export function describe(found: readonly Probe[], chosen: BackendKind | undefined): string {
  const rows = found.flatMap((p) =>
    p.works
      ? [[p.kind === chosen ? '→' : ' ', p.kind, p.name, p.device, p.memoryBytes === undefined ? '?' : `${(p.memoryBytes / 2 ** 30).toFixed(1)} GiB`, p.tokensPerSecond === undefined ? '–' : String(p.tokensPerSecond), p.precision]]
      : [],
  );
  const lines = rows.length === 0 ? ['No backend works here.'] : [bold('Works here'), table([['', '', 'backend', 'device', 'memory', 'tokens/s', 'computes in'], ...rows], [4, 5])];
  const missing = found.filter((p) => !p.works);
  if (missing.length > 0) lines.push(bold('Does not'), table(missing.map((p) => [p.kind, `${p.reason}. ${p.advice}`])));
  if (chosen !== undefined) lines.push(`→ what join takes by itself${process.env.PSYCHE_BACKEND ? ' (PSYCHE_BACKEND)' : ''}; --backend takes another.`);
  return lines.join('\n');
}

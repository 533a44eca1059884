import { fileURLToPath } from 'node:url';
import type { TimedEvent } from '../../observe/json-lines.js';
import { ClientProcess } from './client-process.js';
import type { Network } from './network.js';
import type { Participant } from './participants.js';

/** What all clients of one run are told. */
export interface JoinSettings {
  run: string;
  /** `--data` of each. */
  data?: readonly string[];
  /** Bytes of text that the model writes at the end; 0: none. */
  sample: number;
  /** Further options of `join`. */
  flags?: readonly string[];
}

/** Starts `psyche-client join` for one participant, in a process of its own. */
export function startClient(network: Network, settings: JoinSettings, who: Participant, onEvent: (event: TimedEvent) => void): ClientProcess {
  const args = [
    ...['join', '--run', settings.run, '-u', network.url, '--ws', network.wsUrl, '-k', who.nodeFile],
    ...['--payout', who.payout.publicKey.toBase58(), '--state-dir', who.state, '--listen', '/ip4/127.0.0.1/tcp/0'],
    ...['--log-format', 'json', '--exit-on-pause', '--sample', String(settings.sample)],
    ...(settings.data ?? []).flatMap((place) => ['--data', place]),
    ...(settings.flags ?? []),
  ];
  return new ClientProcess({ args: [...program(), ...args], onEvent });
}

/** This very program: the built one, or the sources under the loader that runs them now. */
function program(): string[] {
  const here = import.meta.url;
  const main = fileURLToPath(new URL(here.endsWith('.ts') ? '../main.ts' : '../main.js', here));
  return [...(here.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []), main];
}

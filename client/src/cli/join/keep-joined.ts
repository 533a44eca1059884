import { jsonSink, textSink } from './log.js';
import type { JoinOptions } from './options.js';
import { untilAsked } from './stopping.js';
import { supervise } from './supervisor.js';

/** `join --restart`: this very command line in a process of its own, started again as often as that may help. */
export function keepJoined({ logFormat }: Pick<JoinOptions, 'logFormat'>): Promise<number> {
  const emit = logFormat === 'json' ? jsonSink() : textSink();
  const signal = untilAsked((message) => emit({ event: 'info', message }));
  return supervise({ args: [...process.execArgv, ...process.argv.slice(1)], emit, signal });
}

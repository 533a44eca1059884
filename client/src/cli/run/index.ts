import { Command } from 'commander';
import { chainOptions } from '../common/chain-options.js';
import { runArgument } from '../common/run-argument.js';
import type { RunFlags } from './options.js';

type Handlers = typeof import('./handler.js');

/** `psyche-client run`: show a run, and what its authority and its friends do for it. */
export function runCommand(): Command {
  const command = new Command('run').description('show a run, and look after one');

  add(command, 'show', 'state, members, points, and what its treasury holds and owes', ['demo -u localhost', 'demo --output json'], (h) => h.show);
  add(command, 'pause', 'let the run pause after the epoch (authority)', ['demo -k authority.json'], (h) => h.pause);
  add(command, 'resume', 'open a new or paused run to members, if its treasury can pay the next epoch (authority)', ['demo -k authority.json'], (h) => h.resume);
  add(command, 'tick', 'move the run on, if its time has come and no client does (anyone)', ['demo -k any.json'], (h) => h.tick);
  add(command, 'fund', 'add tokens to the treasury (anyone)', ['demo 1000 -k funder.json', 'demo 0.5 -u devnet'], (h) => h.fund, (c) =>
    c.argument('<amount>', 'in tokens'),
  );
  add(command, 'withdraw', 'after the end, take back what nobody is owed (authority)', ['demo -k authority.json', 'demo 12.5'], (h) => h.withdraw, (c) =>
    c.argument('[amount]', 'in tokens', 'all'),
  );
  add(command, 'set-join-authority', 'whose authorization joining takes, while the run is new or paused (authority)', ['demo <key> -k authority.json', 'demo self', 'demo none'], (h) => h.setJoinAuthority, (c) =>
    c.argument('<key>', 'an address, "self", or "none": anyone may join'),
  );
  add(command, 'finish', 'end a run that is not going to go on: a new one, or one paused for 30 days (authority)', ['demo -k authority.json'], (h) => h.finish);
  add(command, 'close', "close a finished run: members' accounts that anyone may close by now, run, manifest, treasury; rent comes back (authority)", ['demo -k authority.json'], (h) => h.close);
  return command;
}

function add(
  parent: Command,
  name: string,
  description: string,
  examples: string[],
  handler: (handlers: Handlers) => (run: string, flags: RunFlags, argument: string) => Promise<void>,
  extend?: (command: Command) => Command,
): void {
  const command = new Command(name).description(description);
  const takesMore = extend !== undefined;
  if (takesMore) extend(command.argument('<run>', 'the run, by its id or address'));
  else runArgument(command);
  chainOptions(command)
    .addHelpText('after', `\nExamples:\n${examples.map((e) => `  $ psyche-client run ${name} ${e}`).join('\n')}`)
    .action(async (...args: unknown[]) => {
      const { runNamed } = await import('../common/run-argument.js');
      const flags = args[takesMore ? 2 : 1] as RunFlags;
      const run = runNamed(args[0] as string | undefined, flags);
      await handler(await import('./handler.js'))(run, flags, takesMore ? (args[1] as string) : '');
    });
  parent.addCommand(command);
}

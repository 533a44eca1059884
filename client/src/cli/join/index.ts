import { Command } from 'commander';
import { joinOptions, type JoinOptions } from './options.js';
import { isSupervised, reportFailure } from './supervised.js';

/** `psyche-client join --run <id>`: take part in a run. */
export function joinCommand(): Command {
  return joinOptions(new Command('join'))
    .description('train in a run: join each epoch, share updates with the other members, vote as a witness, earn points')
    .addHelpText(
      'after',
      `
With --restart a client that crashes comes back into the same run by itself. It ends on SIGTERM and Ctrl-C, when the run is
over, and where starting it again would only fail again: a wrong key or setting, a conviction, another process of this key.

Examples:
  $ psyche-client join --run demo -u localhost -k node.json --payout <address>
  $ psyche-client join --run demo -u devnet -k node.json --payout <address> --text corpus.txt --announce /ip4/203.0.113.7/tcp/9000 --listen /ip4/0.0.0.0/tcp/9000`,
    )
    .action(async (options: JoinOptions) => {
      if (options.restart && !isSupervised()) {
        const { keepJoined } = await import('./keep-joined.js');
        process.exitCode = await keepJoined(options);
        return;
      }
      // TensorFlow.js and libp2p take a second to load; --help should not wait for them.
      const { join } = await import('./handler.js');
      try {
        await join(options);
      } catch (error) {
        await reportFailure(error);
        throw error;
      }
    });
}

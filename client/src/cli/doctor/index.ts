import { Command } from 'commander';
import { type DoctorFlags, doctorOptions } from './options.js';

/** `psyche-client doctor`: whether this machine can take part, and what to change. */
export function doctorCommand(): Command {
  return doctorOptions(new Command('doctor'))
    .description('say whether other members can reach this machine, through what, and what to change')
    .addHelpText(
      'after',
      `
Takes --listen and --announce as join does. It connects with members as one that only watches, signs nothing and costs
nothing. A client that runs here already has the port: it says the same of itself as it goes.

Exit code: 0 if nothing failed, 1 if something did.

Examples:
  $ psyche-client doctor
  $ psyche-client doctor --run demo -u devnet --listen /ip4/0.0.0.0/tcp/9000
  $ psyche-client doctor --run demo -u devnet --output json`,
    )
    .action(async (flags: DoctorFlags) => (await import('./handler.js')).doctor(flags));
}

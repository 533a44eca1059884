import { Command, CommanderError } from 'commander';
import { EXIT, reportError } from './common/report-error.js';
import { CLIENT_VERSION } from '../version.js';

/**
 * The tree of commands. A command's code is loaded when it is the one asked for, so that `--help` and the small commands
 * don't wait for what the big ones need.
 */
const COMMANDS: Record<string, { summary: string; load: () => Promise<Command> }> = {
  dev: {
    summary: 'a whole training run on this machine: validator, run, clients, payout',
    load: async () => (await import('./dev/index.js')).devCommand(),
  },
  join: { summary: 'train in a run', load: async () => (await import('./join/index.js')).joinCommand() },
  run: { summary: 'show a run, and look after one', load: async () => (await import('./run/index.js')).runCommand() },
  'create-run': { summary: 'create a run from a file of settings', load: async () => (await import('./create-run/index.js')).createRunCommand() },
  data: { summary: 'prepare and look at what runs train on', load: async () => (await import('./data/index.js')).dataCommand() },
  claim: { summary: 'take the tokens that nodes have earned', load: async () => (await import('./claim/index.js')).claimCommand() },
  leave: { summary: 'leave a run, and get the deposit back', load: async () => (await import('./leave/index.js')).leaveCommand() },
  authorization: { summary: 'let nodes join permissioned runs', load: async () => (await import('./authorization/index.js')).authorizationCommand() },
  generate: { summary: 'let the model of a checkpoint write', load: async () => (await import('./generate/index.js')).generateCommand() },
  evaluate: { summary: 'score a checkpoint on tasks and texts', load: async () => (await import('./evaluate/index.js')).evaluateCommand() },
  checkpoint: { summary: 'push, pull and verify checkpoints', load: async () => (await import('./checkpoint/index.js')).checkpointCommand() },
  keys: { summary: 'make keys for nodes', load: async () => (await import('./keys/index.js')).keysCommand() },
  devices: { summary: 'what can compute gradients here, and how fast', load: async () => (await import('./devices/index.js')).devicesCommand() },
  doctor: { summary: 'whether others can reach this machine, and what to change', load: async () => (await import('./doctor/index.js')).doctorCommand() },
  localnet: { summary: 'the embedded Solana validator', load: async () => (await import('./localnet/index.js')).localnetCommand() },
};

/** Runs one command line. @param args without the interpreter and the script. @returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  const verbose = args.includes('--verbose') || process.env.PSYCHE_VERBOSE === '1';
  try {
    const program = await tree(args);
    await program.parseAsync(args.filter((a) => a !== '--verbose'), { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    return reportError(error, verbose);
  }
}

async function tree(args: readonly string[]): Promise<Command> {
  const program = new Command('psyche-client')
    .description('Train language models together over the internet, coordinated on Solana.')
    .version(CLIENT_VERSION)
    .option('--verbose', 'with an error, say everything there is to it')
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText(
      'after',
      `
Examples:
  $ psyche-client dev                                 train a small model on this machine
  $ psyche-client run show demo -u devnet             look at a run
  $ psyche-client join --run demo -u devnet -k node.json --payout <address>
  $ psyche-client claim demo -u devnet -k payout.json`,
    );
  // `help run` shows what `run --help` does.
  const named = args.filter((a) => !a.startsWith('-'));
  const wanted = named[0] === 'help' ? named[1] : named[0];
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    program.addCommand(name === wanted ? (await load()).summary(summary) : new Command(name).description(summary));
  }
  exitByException(program);
  return program;
}

/** Exit codes are decided in one place. */
function exitByException(command: Command): void {
  command.exitOverride();
  command.commands.forEach(exitByException);
}

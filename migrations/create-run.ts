import { runCli } from '../client/src/cli/program.js';

/** `npm run create-run -- …`: the same as `psyche-client create-run …`. */
process.exitCode = await runCli(['create-run', ...process.argv.slice(2)]);

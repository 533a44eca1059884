#!/usr/bin/env node
import { runCli } from './program.js';

// Whoever reads the output may have seen enough, as `head` does. `join` has more to do then, and sees to it itself.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (process.stdout.listenerCount('error') === 1) process.exit(0);
});
process.exitCode = await runCli(process.argv.slice(2));

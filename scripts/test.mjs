#!/usr/bin/env node
// Runs the tests: every *.test.ts under the folders below, on Node's own runner. Node alone is needed.
//
//   node scripts/test.mjs                  all of them
//   node scripts/test.mjs localnet chain   those whose path contains one of the words
//   node scripts/test.mjs --concurrency 4  more at once (default 2)
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = ['client', 'localnet', 'migrations', 'scripts', 'tools', 'tests'];
/** A test that hangs is a failure, not a wait. */
const TIMEOUT_MS = 180_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: 'string', default: '2' } },
});

/** All test files below `folder`; a folder that isn't there has none. */
function testFiles(folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'target') return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? testFiles(path) : /\.test\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

const files = FOLDERS.flatMap(testFiles)
  .filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  console.error(`no test file's path contains ${positionals.map((w) => `"${w}"`).join(' or ')}`);
  process.exit(1);
}
console.error(`${files.length} test files in ${relative(process.cwd(), root) || '.'}`);

const args = ['--import', 'tsx', '--test', `--test-concurrency=${values.concurrency}`, `--test-timeout=${TIMEOUT_MS}`, '--test-reporter=spec'];
// What a test finds must not depend on which backends this machine happens to have.
const env = { ...process.env, PSYCHE_BACKEND: 'wasm' };
const child = spawn(process.execPath, [...args, ...files], { cwd: root, stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('close', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));

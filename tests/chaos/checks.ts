import { brokenPromises, type RunResult } from '../../client/src/cli/dev/summary.js';
import type { ChaosNetwork } from './network.js';

/** The most that a client, or the validator, may take of main memory: twice what one takes that nothing happens to. Bytes. */
export const CLIENT_MEMORY = 448 * 2 ** 20;
export const VALIDATOR_MEMORY = 768 * 2 ** 20;

/** What Node, and this client, print when something was thrown that nobody waited for. */
const UNHANDLED = /unhandled|uncaught|UnhandledPromiseRejection|MaxListenersExceeded|FATAL ERROR|heap out of memory|a defect of psyche-client|^\s+at .*:\d+:\d+\)?$/i;

/** Collects lines that no client may ever print; call before anything is started. */
export function watchOutput(net: ChaosNetwork): string[] {
  const found: string[] = [];
  for (const client of net.clients) {
    client.on('line', (line) => {
      if (client.fate !== 'lies' && UNHANDLED.test(line) && found.length < 20) found.push(`${client.label} printed: ${line}`);
    });
  }
  return found;
}

/** What every scenario promises, and is not true of this one; in sentences. */
export function brokenByRun(net: ChaosNetwork, result: RunResult): string[] {
  const excused = net.clients.filter((c) => c.fate !== 'finishes').map((c) => c.label);
  const broken = brokenPromises(result)
    // So small a model needs not learn much in so few steps.
    .filter((sentence) => !sentence.includes('unigram entropy'))
    .filter((sentence) => !excused.some((label) => sentence.startsWith(`${label} did not reach the end`) || sentence === `${label} was not paid`));
  if (result.steps === 0) broken.push('no step was made');
  for (const { epoch, node } of result.convicted) broken.push(`${node} was convicted in epoch ${epoch}: two of its commitments for one round were seen`);
  for (const client of net.clients) {
    if (client.fate === 'lies') continue;
    // What peers saw twice they keep as a proof, long before it is on the chain.
    for (const path of client.files((name) => name.includes('proofs/') && name.endsWith('.bin'))) broken.push(`${client.label} holds a proof of a second commitment: ${path}`);
    const exit = client.exits.at(-1)?.exit;
    if (client.fate === 'finishes' && exit?.code !== 0) broken.push(`${client.label} ended with ${exit === undefined ? 'nothing' : (exit.signal ?? `code ${exit.code}`)} instead of leaving when the run was over`);
  }
  return broken;
}

/** What memory was taken beyond what may be. */
export function brokenByMemory({ memory }: ChaosNetwork): string[] {
  const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  const over = (what: string, peak: number, limit: number): string[] => (peak <= limit ? [] : [`${what} took ${megabytes(peak)}, more than ${megabytes(limit)}`]);
  return [...over('a client', memory.clientPeak, CLIENT_MEMORY), ...over('the validator', memory.otherPeak, VALIDATOR_MEMORY)];
}

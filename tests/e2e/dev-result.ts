/** The object that `psyche-client dev --output json` prints as its last line. */
export interface DevResult {
  epochs: number;
  steps: number;
  clients: { pubkey: string; points: number; tokensClaimed: number; modelHash: string; lamportsSpent: number; bytesSent: number }[];
  lossFirst: number;
  lossLast: number;
  unigramEntropy: number;
  payloadBytesPerStep: number;
  gradientBytes: number;
  seconds: number;
  pointsAwarded: number;
}

export interface Expected {
  clients: number;
  epochs?: number;
  /** The run may not take longer; no limit if undefined. */
  seconds?: number;
}

/** What is wrong with a demo run's result, in sentences; empty when it is as promised. */
export function problems(result: DevResult, expected: Expected): string[] {
  const found: string[] = [];
  const check = (condition: boolean, sentence: string): void => {
    if (!condition) found.push(sentence);
  };
  const numbers = ['epochs', 'steps', 'lossFirst', 'lossLast', 'unigramEntropy', 'payloadBytesPerStep', 'gradientBytes', 'seconds', 'pointsAwarded'] as const;
  for (const field of numbers) check(Number.isFinite(result[field]) && result[field] > 0, `${field} is ${result[field]}, not a positive number`);
  check(result.clients.length === expected.clients, `${result.clients.length} clients, not ${expected.clients}`);
  if (expected.epochs !== undefined) check(result.epochs === expected.epochs, `${result.epochs} epochs, not ${expected.epochs}`);
  if (expected.seconds !== undefined) check(result.seconds <= expected.seconds, `it took ${result.seconds} s, more than ${expected.seconds}`);
  check(result.lossLast < result.unigramEntropy, `the held-out loss ended at ${result.lossLast}, not below ${result.unigramEntropy}`);
  check(result.lossLast < result.lossFirst, `the held-out loss rose from ${result.lossFirst} to ${result.lossLast}`);
  check(result.payloadBytesPerStep * 100 < result.gradientBytes, `a payload of ${result.payloadBytesPerStep} bytes is more than 1 % of the gradient's ${result.gradientBytes}`);
  const hashes = new Set(result.clients.map((c) => c.modelHash));
  check(hashes.size === 1 && /^[0-9a-f]{64}$/.test([...hashes][0]), `θ hashes: ${[...hashes].join(', ')}`);
  for (const client of result.clients) {
    check(client.points > 0, `${client.pubkey} earned no points`);
    check(client.tokensClaimed > 0, `${client.pubkey} claimed no tokens`);
    check(client.bytesSent > 0, `${client.pubkey} sent nothing`);
    check(client.lamportsSpent > 0, `${client.pubkey} spent nothing`);
  }
  const points = result.clients.reduce((sum, c) => sum + c.points, 0);
  check(points === result.pointsAwarded, `the clients hold ${points} points, ${result.pointsAwarded} were awarded`);
  return found;
}

/**
 * What a participant tells the world, in the order it happens. `join --log-format json` prints one object a line;
 * `dev` and dashboards read them. Losses are in nats per token, times in seconds, sizes in bytes.
 */
export type ParticipantEvent =
  | { event: 'joined'; node: string; run: string; backend: string; parameters: number; unigramEntropy: number | undefined; stepsTotal: number }
  | { event: 'state'; state: string; epoch: number; round: number; step: number; slot: number; member: boolean }
  | { event: 'trained'; epoch: number; round: number; step: number; loss: number; tokens: number; seconds: number; tokensPerSecond: number }
  | { event: 'announced'; epoch: number; round: number; step: number; bytes: number }
  | { event: 'voted'; epoch: number; round: number; accepted: number }
  | { event: 'applied'; epoch: number; round: number; step: number; accepted: number; seconds: number }
  | { event: 'evaluated'; epoch: number; step: number; heldOutLoss: number | undefined; figures: Record<string, number> }
  | { event: 'points'; points: string; epochPoints: string }
  | { event: 'dropped'; epoch: number; round: number }
  | { event: 'convicted'; epoch: number; index: number; node: string; self: boolean }
  | { event: 'epochEnd'; epoch: number; step: number; hash: string }
  | { event: 'checkpoint'; path: string; hash: string; step: number }
  | { event: 'stats'; bytesUp: number; bytesDown: number; peers: number; transactions: number; lamportsSpent: string; roundsTrained: number; roundsMissed: number }
  | {
      event: 'finished';
      state: string;
      epochs: number;
      step: number;
      modelHash: string;
      heldOutLoss: number;
      points: string;
      transactions: number;
      lamportsSpent: string;
      bytesUp: number;
      bytesDown: number;
      sample: string;
      checkpoint: string;
    }
  | { event: 'warning'; code: string; message: string }
  | { event: 'info'; message: string };

/** Takes a participant's events; must not throw. */
export type EventSink = (event: ParticipantEvent) => void;

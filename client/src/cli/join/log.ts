import { printable } from '../../observe/format.js';
import type { EventSink, ParticipantEvent } from '../../round/events.js';

/** One JSON object a line on stdout, for `dev`, dashboards and scripts. */
export function jsonSink(): EventSink {
  return (event) => process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`);
}

/** No message is longer. */
const LONGEST_LINE = 4000;

/**
 * Lines for people on stderr; figures that change every second are left to the JSON format. Messages repeat what members
 * posted on the chain and what servers answered: an event is one line, and no control character reaches the terminal.
 */
export function textSink(stream: { write(text: string): unknown } = process.stderr): EventSink {
  return (event) => {
    const line = describe(event);
    if (line !== undefined) stream.write(`${new Date().toISOString().slice(11, 19)} ${printable(line.replace(/\s+/g, ' '), LONGEST_LINE)}\n`);
  };
}

/** An event in words; `undefined` for those that are of use to machines only. */
export function describe(event: ParticipantEvent): string | undefined {
  switch (event.event) {
    case 'joined':
      return `node ${event.node} in run ${event.run}: ${(event.parameters / 1e6).toFixed(2)} M parameters on ${event.backend}`;
    case 'state':
      return `${event.state}, epoch ${event.epoch}, round ${event.round}, step ${event.step}${event.member ? '' : ' (not a member of this epoch)'}`;
    case 'trained':
      return `trained step ${event.step}: loss ${event.loss.toFixed(3)} nats over ${event.tokens} tokens, ${Math.round(event.tokensPerSecond)} tokens/s`;
    case 'announced':
      return `announced a payload of ${event.bytes} bytes`;
    case 'voted':
      return `voted for ${event.accepted} accepted payloads in round ${event.round}`;
    case 'applied':
      return `applied ${event.accepted} payloads of step ${event.step}`;
    case 'evaluated':
      return `after ${event.step} steps: ${[...(event.heldOutLoss === undefined ? [] : [`held-out loss ${event.heldOutLoss.toFixed(3)} nats`]), ...accuracies(event.figures)].join(', ')}`;
    case 'dropped':
      return `dropped from epoch ${event.epoch}: this node's work was missing from an accepted round; it joins the next epoch`;
    case 'convicted':
      return `${event.self ? 'this node' : `member ${event.index} (${event.node})`} is convicted of signing two commitments for one round of epoch ${event.epoch}: out of the epoch, its points and deposit are taken`;
    case 'epochEnd':
      return `epoch ${event.epoch} ends after step ${event.step} with parameters ${event.hash.slice(0, 16)}…`;
    case 'checkpoint':
      return `checkpoint of step ${event.step} in ${event.path}`;
    case 'finished':
      return `the run is ${event.state.toLowerCase()} after ${event.step} steps: held-out loss ${event.heldOutLoss.toFixed(3)} nats, ${event.points} points; claim them with \`psyche-client claim\``;
    case 'warning':
      return `warning ${event.code}: ${event.message}`;
    case 'info':
      return event.message;
    case 'points':
    case 'stats':
      return undefined;
  }
}

/** `arc/acc 25.0 %`, … */
function accuracies(figures: Record<string, number>): string[] {
  return Object.entries(figures)
    .filter(([name]) => name.includes('/'))
    .map(([name, value]) => `${name} ${(100 * value).toFixed(1)} %`);
}

import { type Endpoint, packEndpoint, scopeOf } from '../addresses.js';
import { keyId, shortName } from '../identity.js';
import { asError } from '../stream-io.js';
import type { DialBackAnswer, Port } from './dial-back.js';

/** What members found when they dialed this node. */
export interface Reachability {
  /** `unknown`: nobody has tried yet. `some`: some could and some could not, as where a part of them is on the same network. */
  verdict: 'unknown' | 'reachable' | 'some' | 'unreachable';
  /** Where members reached this node, the one most of them did first. */
  confirmed: Endpoint[];
  /** This node's address as members see it, the one most of them do first. */
  observed: string[];
  /** Members that tried. */
  asked: number;
}

/** Members that are asked: three that agree say more than one, and thirty no more than three. */
const ENOUGH = 3;

/** Milliseconds after which a member that found this node unreachable, or did not try, is asked again. */
const AGAIN_MS = 5 * 60_000;

interface Finding {
  at: number;
  answer?: DialBackAnswer;
  ports: readonly Port[];
}

/** Asks members to dial this node back as they become known, and sums up what they found. */
export class ReachabilityCheck {
  private readonly findings = new Map<string, Finding>();
  private readonly asking = new Set<string>();
  private shown = '';

  /**
   * @param ports where this node may be reached: the ports it listens on and those that lead to them. None: it cannot be.
   * @param ask one member; see {@link DialBack}.
   * @param onChange hears each new summary.
   * @param now milliseconds of any clock that only goes forward.
   */
  constructor(
    private readonly ports: () => readonly Port[],
    private readonly ask: (nodeKey: Uint8Array, ports: readonly Port[]) => Promise<DialBackAnswer>,
    private readonly onChange: (reachability: Reachability) => void,
    private readonly log: (message: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** To be called when a member can be asked: it is connected, directly. Never throws. */
  async consider(nodeKey: Uint8Array): Promise<void> {
    const id = keyId(nodeKey);
    const ports = this.ports();
    if (ports.length === 0 || this.asking.has(id) || this.asking.size >= ENOUGH || !this.isDue(id)) return;
    this.asking.add(id);
    try {
      const answer = await this.ask(nodeKey, ports);
      const tried = answer.reached.some((reached) => reached !== undefined);
      this.findings.set(id, { at: this.now(), ports, ...(tried ? { answer } : {}) });
    } catch (error) {
      this.findings.set(id, { at: this.now(), ports });
      this.log(`${shortName(nodeKey)} could not be asked whether it reaches this node: ${asError(error).message}`);
    } finally {
      this.asking.delete(id);
    }
    this.tell();
  }

  /** What was found does not hold any more: ports or networks have changed. */
  forget(): void {
    this.findings.clear();
    this.tell();
  }

  get summary(): Reachability {
    const answers = [...this.findings.values()].filter(({ answer }) => answer !== undefined);
    const confirmed = new Map<string, { endpoint: Endpoint; times: number }>();
    const observed = new Map<string, number>();
    let reached = 0;
    for (const { answer, ports } of answers) {
      observed.set(answer!.observed, (observed.get(answer!.observed) ?? 0) + 1);
      const open = ports.filter((_, i) => answer!.reached[i] === true);
      if (open.length > 0) reached++;
      for (const port of open) {
        const endpoint = { ...port, host: answer!.observed };
        const id = Buffer.from(packEndpoint(endpoint)).toString('hex');
        confirmed.set(id, { endpoint, times: (confirmed.get(id)?.times ?? 0) + 1 });
      }
    }
    return {
      verdict: answers.length === 0 ? (this.ports().length === 0 ? 'unreachable' : 'unknown') : reached === answers.length ? 'reachable' : reached > 0 ? 'some' : 'unreachable',
      confirmed: [...confirmed.values()].sort((a, b) => scopeRank(a.endpoint) - scopeRank(b.endpoint) || b.times - a.times).map(({ endpoint }) => endpoint),
      observed: [...observed].sort((a, b) => b[1] - a[1]).map(([host]) => host),
      asked: answers.length,
    };
  }

  private isDue(id: string): boolean {
    const last = this.findings.get(id);
    if (last !== undefined) return this.now() - last.at >= AGAIN_MS && last.answer?.reached.includes(true) !== true;
    return [...this.findings.values()].filter(({ answer }) => answer !== undefined).length < ENOUGH;
  }

  private tell(): void {
    const summary = this.summary;
    const shown = JSON.stringify(summary);
    if (shown === this.shown) return;
    this.shown = shown;
    this.onChange(summary);
  }
}

/** Who can use an address matters more than how many have: public ones first. */
const scopeRank = ({ host }: Endpoint): number => ({ public: 0, private: 1, loopback: 2 })[scopeOf(host)];

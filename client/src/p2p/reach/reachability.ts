import { type Endpoint, type Scope, packEndpoint, scopeOrder } from '../addresses.js';
import { keyId, shortName } from '../identity.js';
import { asError } from '../stream-io.js';
import type { DialBackAnswer, Port } from './dial-back.js';

/** What members found when they dialed this node. */
export interface Reachability {
  /**
   * What those farthest away found: others on the internet, else on the local network, else on this machine. `unknown`:
   * nobody has tried yet. `some`: most of them could, and some could not.
   */
  verdict: 'unknown' | 'reachable' | 'some' | 'unreachable';
  /** How far away they are; `undefined` while unknown. */
  from: Scope | undefined;
  /** Where most of the members of one scope say that they reached this node: one may lie. Public addresses first. */
  confirmed: Endpoint[];
  /** This node's address as they see it, the one most of them do first. */
  observed: string[];
  /** How many of them tried. */
  asked: number;
}

/** Members asked of each scope: three that agree say more than one, and thirty no more than three. */
const ENOUGH = 3;

/** Milliseconds after which a member that found this node unreachable, or did not try, is asked again. */
const AGAIN_MS = 5 * 60_000;

/** From the farthest: what is found there counts. */
const SCOPES: readonly Scope[] = ['public', 'private', 'loopback'];

interface Finding {
  at: number;
  scope: Scope;
  ports: readonly Port[];
  /** `undefined`: it could not be asked, or did not try. */
  answer?: DialBackAnswer;
}

/** Asks members to dial this node back as they become known, and sums up what they found. */
export class ReachabilityCheck {
  private readonly findings = new Map<string, Finding>();
  private readonly asking = new Set<string>();
  private shown = '';

  /**
   * @param ports where this node may be reached: the ports it listens on and those that lead to them. None: it cannot be.
   * @param ask one member; see `DialBack`.
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

  /**
   * To be called with a member that is connected directly; asks it if that is due. Never throws.
   *
   * @param scope where it is, seen from here.
   * @returns whether it was asked.
   */
  async consider(nodeKey: Uint8Array, scope: Scope): Promise<boolean> {
    const id = keyId(nodeKey);
    const ports = this.ports();
    if (ports.length === 0 || this.asking.has(id) || this.asking.size >= ENOUGH || !this.isDue(id, scope)) return false;
    this.asking.add(id);
    const finding: Finding = { at: this.now(), scope, ports };
    try {
      const answer = await this.ask(nodeKey, ports);
      if (answer.reached.some((reached) => reached !== undefined)) finding.answer = answer;
    } catch (error) {
      this.log(`${shortName(nodeKey)} could not be asked whether it reaches this node: ${asError(error).message}`);
    } finally {
      this.asking.delete(id);
    }
    finding.at = this.now();
    this.findings.set(id, finding);
    this.tell();
    return true;
  }

  /** What was found does not hold any more: ports or networks have changed. */
  forget(): void {
    this.findings.clear();
    this.tell();
  }

  get summary(): Reachability {
    const answers = [...this.findings.values()].filter(({ answer }) => answer !== undefined);
    const from = SCOPES.find((scope) => answers.some((finding) => finding.scope === scope));
    const farthest = answers.filter(({ scope }) => scope === from);
    const through = farthest.filter(({ answer }) => answer!.reached.includes(true)).length;
    const nobody = this.ports().length === 0 ? 'unreachable' : 'unknown';
    return {
      verdict: from === undefined ? nobody : through === farthest.length ? 'reachable' : through >= most(farthest) ? 'some' : 'unreachable',
      from,
      confirmed: mostFirst(SCOPES.flatMap((scope) => agreed(answers.filter((finding) => finding.scope === scope))), idOf).sort((a, b) => scopeOrder(a) - scopeOrder(b)),
      observed: mostFirst(farthest.map(({ answer }) => answer!.observed), (host) => host),
      asked: farthest.length,
    };
  }

  private isDue(id: string, scope: Scope): boolean {
    const last = this.findings.get(id);
    if (last !== undefined) return this.now() - last.at >= AGAIN_MS && last.answer?.reached.includes(true) !== true;
    return [...this.findings.values()].filter((finding) => finding.scope === scope && finding.answer !== undefined).length < ENOUGH;
  }

  private tell(): void {
    const summary = this.summary;
    const shown = JSON.stringify(summary);
    if (shown === this.shown) return;
    this.shown = shown;
    this.onChange(summary);
  }
}

const idOf = (endpoint: Endpoint): string => Buffer.from(packEndpoint(endpoint)).toString('hex');

const most = (findings: readonly Finding[]): number => Math.floor(findings.length / 2) + 1;

/** Where most of these got through, not only one of several. */
const agreed = (findings: readonly Finding[]): Endpoint[] => mostFirst(findings.flatMap(openPorts), idOf, most(findings));

function openPorts({ answer, ports }: Finding): Endpoint[] {
  return ports.filter((_, i) => answer!.reached[i] === true).map((port) => ({ ...port, host: answer!.observed }));
}

/** Each different item once, the most frequent first, those that come up less than `least` times left out. */
function mostFirst<T>(items: readonly T[], idOf: (item: T) => string, least = 1): T[] {
  const counted = new Map<string, { item: T; times: number }>();
  for (const item of items) counted.set(idOf(item), { item, times: (counted.get(idOf(item))?.times ?? 0) + 1 });
  return [...counted.values()].filter(({ times }) => times >= least).sort((a, b) => b.times - a.times).map(({ item }) => item);
}

import { describeReach, type P2pNode, type ReachReport } from '../../../p2p/index.js';
import { type Check, type Finding, ok, skipped, warning } from '../check.js';

/** Members that are asked: so many agree, or nobody does. */
const ASKED = 3;

/** Members that are connected with to find those. */
const CONNECTED = 12;

/** Whether members reach this machine: the question that no machine can answer by itself. */
export const reachable: Check = {
  name: 'reachable',
  async run({ node, members, flags }, signal) {
    if (node === undefined) return skipped('this machine does not listen');
    if (members === undefined) return skipped('only others can tell', 'say --run and -u, so that its members can try');
    const dialable = members.filter(({ multiaddr }) => multiaddr !== undefined);
    if (dialable.length === 0) return skipped('the run has no member that could try now');
    node.setMembers(dialable.slice(0, CONNECTED));
    const report = await untilAsked(node, Math.min(ASKED, dialable.length), 1000 * flags.wait, signal);
    node.setMembers([]);
    return judge(report, flags.wait);
  },
};

/** The report when enough members have tried, or when time is up. */
function untilAsked(node: P2pNode, enough: number, milliseconds: number, signal: AbortSignal): Promise<ReachReport> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      node.off('reach', look);
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = (): void => {
      finish();
      reject(signal.reason as Error);
    };
    const look = (): void => {
      const report = node.reachReport();
      if (report.asked < enough) return;
      finish();
      resolve(report);
    };
    const timer = setTimeout(() => {
      finish();
      resolve(node.reachReport());
    }, milliseconds);
    node.on('reach', look);
    signal.addEventListener('abort', onAbort, { once: true });
    look();
  });
}

export function judge(report: ReachReport, waited: number): Finding {
  const data = { ...report, relays: report.relays.length };
  if (report.verdict === 'unknown') {
    return warning(`no member has tried within ${waited} s`, 'they may be busy, let no observers in, or be of an older version: try again with --wait 120, or join and read what the client says', data);
  }
  const { text, advice } = describeReach(report);
  return advice === undefined ? ok(text, data) : warning(text, advice, data);
}

import { shortName } from '../../../p2p/index.js';
import { type Check, failure, ok, skipped, warning } from '../check.js';

/** Members that are tried; more say no more. */
const TRIED = 16;

/** Whether this machine can connect to others: whoever cannot be reached trains all the same if it can. */
export const members: Check = {
  name: 'members',
  async run({ node, members: all }, signal) {
    if (all === undefined) return skipped('no members known');
    if (node === undefined) return skipped('this machine does not listen, so no node could be started to try with');
    const dialable = all.filter(({ multiaddr }) => multiaddr !== undefined).slice(0, TRIED);
    if (dialable.length === 0) return skipped(all.length === 0 ? 'the run has no members now' : `none of its ${all.length} members says an address`);
    const results = await Promise.all(dialable.map(async (member) => ({ member: shortName(member.nodeKey), failed: await node.tryMember(member, signal) })));
    signal.throwIfAborted();
    const silent = results.filter(({ failed }) => failed !== undefined);
    const reached = `${results.length - silent.length} of ${results.length} members can be dialed from here`;
    if (silent.length === 0) return ok(reached, results);
    const named = silent.slice(0, 3).map(({ member, failed }) => `${member} ${failed}`).join('; ');
    if (silent.length < results.length) return warning(`${reached}; not ${named}`, 'those may be down or unreachable themselves: nothing to do, unless this is most of them', results);
    return failure(`${reached}: ${named}`, 'let the firewall allow outgoing TCP connections to any port', results);
  },
};

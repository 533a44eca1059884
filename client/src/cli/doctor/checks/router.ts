import { scopeOf } from '../../../p2p/index.js';
import type { MappingResult } from '../../../p2p/index.js';
import { type Check, type Finding, ok, skipped, warning } from '../check.js';

/** Whether the router maps ports by UPnP, and whether it has a public address itself. */
export const router: Check = {
  name: 'router',
  async run({ node, flags }) {
    if (node === undefined) return skipped('nothing to map: this machine does not listen');
    if (!flags.portMapping) return skipped('not asked, with --no-port-mapping');
    const mapping = await node.portMapping();
    return mapping === undefined ? skipped('not needed: this machine listens at a public address, at an announced one, or for itself only') : judge(mapping);
  },
};

export function judge(mapping: MappingResult): Finding {
  const { gateway, externalHost, mapped, failures } = mapping;
  if (gateway === undefined) {
    return warning('no router answers by UPnP', "if there is one, switch UPnP on in its settings, or pass the port on to this machine by hand", mapping);
  }
  if (externalHost !== undefined && scopeOf(externalHost) !== 'public') {
    return warning(
      `the router at ${gateway} has the address ${externalHost}, which is none of the internet's: the provider has a NAT of its own`,
      'ask the provider for a public address, or be reached through relays: nothing has to be done for that',
      mapping,
    );
  }
  if (mapped.length === 0) return warning(`the router at ${gateway} does not map the port: ${failures.join('; ') || 'it gave no reason'}`, 'allow UPnP in its settings, or pass the port on to this machine by hand', mapping);
  const ports = mapped.map(({ internalPort, externalPort }) => (internalPort === externalPort ? `port ${internalPort}` : `its port ${externalPort} to port ${internalPort}`));
  return ok(`the router at ${gateway} passes ${ports.join(', ')} on from ${externalHost}`, mapping);
}

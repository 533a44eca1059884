/**
 * The network between members: gossip of signed messages, pulls of payloads and parameters by hash.
 *
 * @packageDocumentation
 * @example
 * ```ts
 * const node = await P2pNode.create({ secretKey, run: '4Nd1m…', listen: ['/ip4/127.0.0.1/tcp/0'] });
 * node.setValidators({ announcement: () => 'accept', list: () => 'accept' });
 * node.on('announcement', async ({ body }) => {
 *   const payload = await node.fetch(body.payloadHash, body.payloadSize, [trainerKey], AbortSignal.timeout(10_000));
 *   node.provide(body.payloadHash, payload); // now others can have it from here
 * });
 * node.setMembers([{ nodeKey: trainerKey, index: 0, multiaddr }], epoch);
 * ```
 */
import './with-resolvers.js';

export { MULTIADDR_MAX, type Scope, memberAddress, packAddresses, scopeOf } from './addresses.js';
export type { MessageLookup, RoundMessages } from './announcement-exchange.js';
export { MAX_PAYLOAD_BYTES } from './content-store.js';
export { MAX_MODEL_BYTES, type ModelFetchOptions } from './model-sharing.js';
export { removeDownloads } from './partial-model.js';
export { P2pError, type P2pErrorCode } from './errors.js';
export type { Validators, Verdict } from './gossip.js';
export type { PeerMember } from './member-list.js';
export { describeReach } from './reach/describe.js';
export type { MappingResult } from './reach/port-mapping.js';
export type { ReachReport, WayHere } from './reach/reach.js';
export { shortName } from './identity.js';
export { P2pNode, type P2pEvents, type P2pNodeOptions, type P2pStats } from './node.js';

/**
 * The cluster, typed: settings and keys as the solana CLI has them, sending that confirms, the run as it changes, and
 * one client per program.
 *
 * @example
 * ```ts
 * const config = await loadConfig({ url: 'localhost', keypair: 'id.json' });
 * const chain = new Chain(config);
 * const run = await CoordinatorClient.open(chain, 'demo', await config.keypair());
 * const stop = run.subscribe((view) => console.log(view.state, view.step));
 * await run.tick().catch((e) => { if (!isProgramError(e, 'TooEarly')) throw e; });
 * stop();
 * chain.close();
 * ```
 * @packageDocumentation
 */
export * from './addresses.js';
export { type AuthorizationView, decodeAuthorization, describeScope } from './authorization.js';
export { type AuthorizationFilter, AuthorizerClient } from './authorizer.js';
export { AuthorizerCalls, JOIN_SCOPE } from './authorizer-calls.js';
export { Chain, type ChainSettings } from './chain.js';
export { clusterUrl, isLocalCluster, webSocketUrl } from './cluster.js';
export { type ChainConfig, type ChainOptions, loadConfig } from './config.js';
export { CoordinatorClient, SETTLE_AT_ONCE, type Waiting } from './coordinator.js';
export { type ConfigArgs, CoordinatorCalls, type JoinArgs, type WitnessArgs, type WitnessMetrics } from './coordinator-calls.js';
export { decodeRun, RUN_SPACE } from './decode-run.js';
export { type Endpoint, MAX_ENDPOINTS, parseEndpoints } from './endpoints.js';
export { equivocationProof } from './equivocation.js';
export { ChainError, isProgramError, isTransient, type ProgramError } from './errors.js';
export { joinPermission } from './join-permission.js';
export { readKeypair, writeNewKeypair } from './keypair.js';
export { decodeMember, type MemberView } from './members.js';
export { MULTIADDR_MAX, type NetworkAddress } from './network-address.js';
export { type ProgramIds, programIds } from './program-ids.js';
export type { Tell } from './rpc-answer.js';
export { fetchManifest, resolveRun } from './runs.js';
export { type SendOptions, type Sent, sendTransaction } from './send.js';
export { createMint, createTokenAccountCall, fetchMint, harvestFeesCall, type MintInfo, tokenBalance } from './tokens.js';
export type { Call } from './transaction.js';
export { TreasurerClient, type TreasuryView } from './treasurer.js';
export { type Rate, TreasurerCalls } from './treasurer-calls.js';

import { CoordinatorClient } from '../../../chain/index.js';
import { PsycheError } from '../../../errors.js';
import { decodeKey } from '../../../round/keys.js';
import { fromNetworkAddress } from '../../../round/way-here.js';
import { inEpoch } from '../../../protocol/run-view.js';
import { withChain } from '../../common/open-chain.js';
import { type Check, failure, ok, skipped } from '../check.js';

/** Whether the cluster answers and has the run. Leaves the run and its members. */
export const chain: Check = {
  name: 'chain',
  async run(patient, signal) {
    const { flags } = patient;
    if (flags.run === undefined) return skipped('no run to look at', 'with --run and -u, its members can be asked whether they reach this machine');
    try {
      return await withChain(flags, async (session) => {
        const started = performance.now();
        const client = await CoordinatorClient.open(session.chain, flags.run!);
        const view = await client.fetchRun();
        const took = Math.round(performance.now() - started);
        const keys = [...new Set([...(inEpoch(view) ? view.members : []).map(({ key }) => key), ...view.pending.map(({ key }) => key)])];
        const accounts = new Map((await client.fetchMembers(keys)).map((account) => [account.node, account]));
        signal.throwIfAborted();
        patient.members = keys.map((key) => ({ nodeKey: decodeKey(key), index: -1, ...fromNetworkAddress(accounts.get(key)?.network, view) }));
        const found = patient.members.length === 1 ? '1 member' : `${patient.members.length} members`;
        return ok(`the cluster answers within ${took} ms; the run is in ${view.state} and has ${found}`, { state: view.state, members: keys.length, milliseconds: took });
      });
    } catch (error) {
      if (!(error instanceof PsycheError)) throw error;
      return failure(error.message, 'check --run and -u; where the node is a public one, it may limit how often it is asked');
    }
  },
};

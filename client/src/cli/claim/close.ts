import { type Keypair, PublicKey } from '@solana/web3.js';
import { type Call, CoordinatorClient, type MemberView, TreasurerClient } from '../../chain/index.js';
import { claimRecordAddress, memberAddress } from '../../chain/addresses.js';
import { PsycheError } from '../../errors.js';
import type { RunView } from '../../protocol/run-view.js';
import { CLOSE_AFTER_FINISHED, inDays, secondsLeft } from '../common/ending.js';
import { released } from '../common/released.js';

/** What closing a node's accounts gave back, lamports. */
export interface Closed {
  node: string;
  /** Rent and deposit of the member's account, to the node key. */
  toNode: bigint;
  /** Rent of the claim record, to the payout key. */
  toPayout: bigint;
}

/** A node whose accounts are to be closed. */
export interface Leaving {
  node: PublicKey;
  /** Signs, unless it is the payout key or the run ended long ago. */
  key?: Keypair;
  /** Absent where its account is closed already, and only the claim record is left. */
  member?: MemberView;
}

/** @throws PsycheError `NOT_FINISHED` unless members' accounts of the run can be closed. @param view absent: the run is closed. */
export function checkEnded(view: RunView | undefined, run: string): void {
  if (view === undefined || view.state === 'Finished') return;
  throw new PsycheError(
    'NOT_FINISHED',
    `${run} is in ${view.state}: members' accounts can be closed when it is finished. Until then \`psyche-client leave\` gives a deposit back.`,
  );
}

/**
 * Closes a node's account, and what remembers its payments, in the payout key's name. What it is owed must be paid.
 *
 * @throws PsycheError `NODE_KEY_NEEDED`, `NOT_PAID`; ChainError
 */
export async function closeAccounts(client: CoordinatorClient, view: RunView | undefined, { node, key, member }: Leaving, signal: AbortSignal): Promise<Closed> {
  const { chain, run } = client;
  const payout = client.signer!;
  const treasurer = new TreasurerClient(chain, run, payout);
  const memberAccount = memberAddress(chain.programs, run, node);
  const record = claimRecordAddress(chain.programs, treasurer.address, memberAccount);
  const hasRecord = (await chain.account(record))?.owner.equals(chain.programs.treasurer) === true;
  const signers: [Keypair, ...Keypair[]] = [payout];
  const calls: Promise<Call>[] = [];
  if (member && view) {
    const owed = view.treasury === undefined ? 0n : (member.owed >> 64n) - (await treasurer.claimed(node));
    if (owed > 0n) {
      throw new PsycheError(
        'NOT_PAID',
        `The treasury still owes ${owed} base units for ${member.node}, and closing its account would lose them: have it funded (\`psyche-client run fund\`), then claim.`,
      );
    }
    const isPayout = node.equals(payout.publicKey);
    const left = secondsLeft(view, await chain.slot(), CLOSE_AFTER_FINISHED);
    if (key === undefined && !isPayout && left > 0) {
      throw new PsycheError(
        'NODE_KEY_NEEDED',
        `Closing the account of ${member.node} takes its node key too: name the key's file with --node (${inDays(left)} anyone can close it).`,
      );
    }
    if (key !== undefined && !isPayout) signers.push(key);
    calls.push(client.calls.closeMember(node, payout.publicKey, run, true, key !== undefined || isPayout));
  }
  if (hasRecord) calls.push(treasurer.calls.closeClaimRecord(payout.publicKey, run, node));
  const [toNode, toPayout] = calls.length === 0 ? [0n, 0n] : await closing(client, memberAccount, record, async () => chain.send(await Promise.all(calls), { signers, signal }));
  return { node: node.toBase58(), toNode, toPayout };
}

async function closing({ chain }: CoordinatorClient, member: PublicKey, record: PublicKey, work: () => Promise<unknown>): Promise<[bigint, bigint]> {
  let toPayout = 0n;
  const toNode = await released(chain, [member], async () => void (toPayout = await released(chain, [record], work)));
  return [toNode, toPayout];
}

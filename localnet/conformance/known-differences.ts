import type { Difference } from './compare.js';

/** A way in which the embedded validator differs from solana-test-validator, and is meant to. */
export interface KnownDifference {
  readonly what: string;
  readonly why: string;
  /** Whether a difference that was found is this one. */
  readonly matches: (difference: Difference) => boolean;
}

const UNITS = /(unitsConsumed|UnitsConsumed|costUnits|loadedAccountsDataSize)$/;
const withoutUnits = (log: unknown): unknown =>
  typeof log === 'string' ? log.replace(/ consumed \d+ of \d+ compute units/, ' consumed').replace(/ (\d+) of /, ' of ') : log;

/** All of them. The table in the README is made of this list. */
export const knownDifferences: readonly KnownDifference[] = [
  {
    what: "SPL's programs take a few compute units more or less (`MintTo` of Token 119, not 120; of Token-2022 1,288, not 1,236) and are smaller",
    why: 'LiteSVM brings other builds of them; all other programs take the same',
    matches: ({ embedded, of, path, real }) => /[tT]oken|Mint|[fF]reeze|[eE]xtended|txFrozen|txNoTokens|ultisig/.test(of)
      && (UNITS.test(path) || (/logs|logMessages/.test(path) && withoutUnits(real) === withoutUnits(embedded))),
  },
  {
    what: "the memo program's logs, and its error for text that is not UTF-8, are worded differently; it takes far fewer compute units",
    why: 'LiteSVM brings a newer one',
    matches: ({ of, path }) => /[mM]emo/.test(of) && (UNITS.test(path) || /logs|logMessages|\.err|\.message|space|length/.test(path)),
  },
  {
    what: 'no vote account, no stake, no rewards: `getVoteAccounts` is empty, `rewards` of a block too',
    why: 'one node that votes on nothing; every slot has a block, so block height is the slot',
    matches: ({ of, path }) => /getVoteAccounts/.test(of) || /result\.rewards/.test(path),
  },
  {
    what: '`getClusterNodes` has `null` where the addresses of gossip, TPU and TVU would be',
    why: 'there is none of them: transactions come by RPC (`solana program deploy --use-rpc`)',
    matches: ({ of, embedded }) => /getClusterNodes/.test(of) && embedded === null,
  },
  {
    what: '`signatureSubscribe` with `enableReceivedNotification` tells `receivedSignature`, as documented',
    why: 'a single solana-test-validator never does',
    matches: ({ embedded, of }) => /it was received/.test(of) && embedded === 'receivedSignature' || /it was received$/.test(of),
  },
  {
    what: 'the texts of -32602 are other ones; parameters and fields that a method does not know are ignored',
    why: 'the codes are the same; these texts say what was expected',
    matches: ({ code, of, path }) => code === -32602 && (/^error\.(message|data)$/.test(path) || /"more"\]/.test(of)),
  },
  {
    what: 'bodies that are no JSON-RPC 2.0: one without `jsonrpc` is answered, an empty batch and a `params` that is no list are refused with other codes',
    why: 'as JSON-RPC has it; no client sends them',
    matches: ({ of }) => /^bodies:/.test(of),
  },
];

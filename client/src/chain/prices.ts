/* Micro-lamports offered per compute unit where others may compete for block space. `--help` names them without loading the chain. */

export const LEAST_COMPUTE_UNIT_PRICE = 1_000;
/** For the costliest transaction, which settles 28 members, that is 0.00015 SOL (docs/costs.md). */
export const MOST_COMPUTE_UNIT_PRICE = 1_000_000;

/* Micro-lamports offered per compute unit where others may compete for block space. `--help` names them without loading the chain. */

export const LEAST_COMPUTE_UNIT_PRICE = 1_000;
/** For the costliest tick, of 256 members, that is 62,000 lamports: as much as twelve signatures. */
export const MOST_COMPUTE_UNIT_PRICE = 1_000_000;

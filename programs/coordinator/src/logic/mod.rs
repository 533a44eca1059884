//! Pure functions without Solana types; `client/src/protocol` has their TypeScript twins.

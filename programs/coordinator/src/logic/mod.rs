//! Pure functions without Solana types: values in, values out. `client/src/protocol` has their TypeScript twins, held
//! equal by the golden vectors that `cargo run -p coordinator --example golden` writes to `tests/golden/`.

pub mod assignment;
pub mod batch_size;
pub mod bitmap;
pub mod equivocation;
pub mod hash;
pub mod points;
pub mod quorum;
pub mod rate;
pub mod roles;
pub mod seed;
pub mod shuffle;
pub mod slot_hashes;
pub mod slots;

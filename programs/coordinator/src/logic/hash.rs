//! sha256: a syscall on chain, the sha2 crate elsewhere.

/// sha256 of the parts, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    solana_sha256_hasher::hashv(parts).to_bytes()
}

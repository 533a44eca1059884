//! The seed of a round (protocol 2, "Seeds").

use super::hash::sha256;

/// `sha256("psyche-seed" ‖ run ‖ epoch ‖ round ‖ slot hash)`, numbers little-endian.
pub fn round_seed(run: &[u8; 32], epoch: u32, round: u32, slot_hash: &[u8; 32]) -> [u8; 32] {
    sha256(&[b"psyche-seed", run, &epoch.to_le_bytes(), &round.to_le_bytes(), slot_hash])
}

/// What commitments name for the run: its address and when it was created. The same authority, run id and program give
/// the same address on every cluster, and who signs honestly on two of them must not be convicted for it.
pub fn origin(run: &[u8; 32], slot: u64, unix_timestamp: i64) -> [u8; 32] {
    sha256(&[b"psyche-origin", run, &slot.to_le_bytes(), &unix_timestamp.to_le_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_counts() {
        let base = round_seed(&[1; 32], 2, 3, &[4; 32]);
        assert_eq!(base, round_seed(&[1; 32], 2, 3, &[4; 32]));
        for other in [
            round_seed(&[9; 32], 2, 3, &[4; 32]),
            round_seed(&[1; 32], 3, 3, &[4; 32]),
            round_seed(&[1; 32], 2, 2, &[4; 32]),
            round_seed(&[1; 32], 2, 3, &[9; 32]),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn an_origin_is_of_one_creation_on_one_cluster() {
        let base = origin(&[1; 32], 2, 3);
        assert_eq!(base, sha256(&[b"psyche-origin", &[1; 32], &[2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]]));
        for other in [origin(&[9; 32], 2, 3), origin(&[1; 32], 3, 3), origin(&[1; 32], 2, 4), origin(&[1; 32], 2, -3)] {
            assert_ne!(base, other);
        }
    }

    /// Computed by another implementation, from the protocol's text.
    #[test]
    fn a_known_seed() {
        let seed = round_seed(&[1; 32], 2, 3, &[4; 32]);
        let hex: String = seed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "3f7a2017bb5019fab9243c30b619a7ff9a9c098809f3d2569d03f94d3337cf86");
    }
}

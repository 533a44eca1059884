//! Who trains, who witnesses, who posts the checkpoint (protocol 2, "Seeds").

use super::shuffle::shuffle;

pub const TRAINER_SALT: &[u8] = b"psyche-trainer";
pub const WITNESS_SALT: &[u8] = b"psyche-witness";
pub const CHECKPOINTER_SALT: &[u8] = b"psyche-checkpointer";

/// Most witnesses of a round.
pub const WITNESS_LIMIT: usize = 32;

/// Puts healthy member indices (given in ascending order) into the order in which they are dealt shares of the batch.
pub fn order_trainers(seed: &[u8; 32], healthy: &mut [u8]) {
    let n = healthy.len();
    shuffle(seed, TRAINER_SALT, healthy, n);
}

/// Witnesses elected from `healthy` members when the setting is `witness_nodes` (0: all).
pub fn witness_count(witness_nodes: u16, healthy: usize) -> usize {
    let wanted = if witness_nodes == 0 { WITNESS_LIMIT } else { witness_nodes as usize };
    wanted.min(WITNESS_LIMIT).min(healthy)
}

/// Elects witnesses from healthy member indices (given in ascending order): the first ones of `healthy` afterwards.
/// Returns how many.
pub fn elect_witnesses(seed: &[u8; 32], healthy: &mut [u8], witness_nodes: u16) -> usize {
    let count = witness_count(witness_nodes, healthy.len());
    shuffle(seed, WITNESS_SALT, healthy, count);
    count
}

/// Elects up to four of all `members` of the epoch to post its checkpoint. Returns their indices and how many.
pub fn elect_checkpointers(seed: &[u8; 32], members: usize) -> ([u8; 4], usize) {
    let mut order = [0u8; 256];
    for (i, place) in order.iter_mut().enumerate() {
        *place = i as u8;
    }
    let count = members.min(4);
    shuffle(seed, CHECKPOINTER_SALT, &mut order[..members], count);
    let mut elected = [0u8; 4];
    elected[..count].copy_from_slice(&order[..count]);
    (elected, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn witness_counts() {
        assert_eq!(witness_count(0, 3), 3);
        assert_eq!(witness_count(0, 256), 32);
        assert_eq!(witness_count(5, 3), 3);
        assert_eq!(witness_count(5, 100), 5);
    }

    #[test]
    fn elected_are_distinct_members() {
        for members in 0..=256usize {
            let (elected, count) = elect_checkpointers(&[5; 32], members);
            assert_eq!(count, members.min(4));
            let mut some = elected[..count].to_vec();
            some.sort_unstable();
            some.dedup();
            assert_eq!(some.len(), count);
            assert!(some.iter().all(|i| (*i as usize) < members));
        }
    }

    #[test]
    fn only_the_healthy_are_elected() {
        let healthy = [3u8, 7, 8, 20, 255];
        let mut trainers = healthy;
        order_trainers(&[1; 32], &mut trainers);
        let mut witnesses = healthy;
        assert_eq!(elect_witnesses(&[1; 32], &mut witnesses, 2), 2);
        assert!(trainers.iter().chain(&witnesses).all(|i| healthy.contains(i)));
    }

    /// Computed by another implementation, from the protocol's text.
    #[test]
    fn known_draws() {
        let healthy = [2u8, 3, 5, 7, 11, 13, 17];
        let mut trainers = healthy;
        order_trainers(&[7; 32], &mut trainers);
        assert_eq!(trainers, [3, 2, 7, 13, 5, 17, 11]);
        let mut witnesses = healthy;
        assert_eq!(elect_witnesses(&[7; 32], &mut witnesses, 3), 3);
        assert_eq!(witnesses[..3], [11, 2, 17]);
        assert_eq!(elect_checkpointers(&[7; 32], 1), ([0, 0, 0, 0], 1));
        assert_eq!(elect_checkpointers(&[7; 32], 9), ([5, 1, 7, 6], 4));
        assert_eq!(elect_checkpointers(&[7; 32], 256), ([16, 140, 42, 136], 4));
    }
}

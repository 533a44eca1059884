//! The seeded shuffle that every draw uses: sha256 in counter mode, Fisher–Yates.

use super::hash::sha256;

/// A stream of 32-bit numbers: block `j` is `sha256(seed ‖ salt ‖ u32le(j))`, eight little-endian numbers each.
pub struct Draws<'a> {
    seed: &'a [u8; 32],
    salt: &'a [u8],
    block: [u8; 32],
    next_block: u32,
    used: usize,
}

impl<'a> Draws<'a> {
    pub fn new(seed: &'a [u8; 32], salt: &'a [u8]) -> Self {
        Self { seed, salt, block: [0; 32], next_block: 0, used: 32 }
    }

    /// The next number of the stream.
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 32 {
            self.block = sha256(&[self.seed, self.salt, &self.next_block.to_le_bytes()]);
            self.next_block += 1;
            self.used = 0;
        }
        let at = self.used;
        self.used += 4;
        u32::from_le_bytes([self.block[at], self.block[at + 1], self.block[at + 2], self.block[at + 3]])
    }

    /// An unbiased number in `0..bound` (`bound` > 0): numbers past the last whole multiple of `bound` are thrown away.
    pub fn below(&mut self, bound: u32) -> u32 {
        // 2^32 mod bound, in 32 bits
        let excess = 0u32.wrapping_sub(bound) % bound;
        loop {
            let x = self.next_u32();
            if excess == 0 || x < 0u32.wrapping_sub(excess) {
                return x % bound;
            }
        }
    }
}

/// Shuffles the first `first` places of `items`; the rest is what remains, in no meaningful order.
pub fn shuffle(seed: &[u8; 32], salt: &[u8], items: &mut [u8], first: usize) {
    let mut draws = Draws::new(seed, salt);
    for i in 0..first.min(items.len().saturating_sub(1)) {
        let j = i + draws.below((items.len() - i) as u32) as usize;
        items.swap(i, j);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffled(seed: u8, salt: &[u8], n: usize, first: usize) -> Vec<u8> {
        let mut items: Vec<u8> = (0..n).map(|i| i as u8).collect();
        shuffle(&[seed; 32], salt, &mut items, first);
        items
    }

    #[test]
    fn a_permutation_of_every_length() {
        for n in 0..=256 {
            let mut items = shuffled(7, b"psyche-trainer", n, n);
            items.sort_unstable();
            assert_eq!(items, (0..n).map(|i| i as u8).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_first_places_do_not_depend_on_how_many_are_drawn() {
        let all = shuffled(3, b"psyche-witness", 200, 200);
        for first in [0, 1, 4, 32, 199] {
            assert_eq!(shuffled(3, b"psyche-witness", 200, first)[..first], all[..first]);
        }
        assert_eq!(shuffled(3, b"psyche-witness", 200, 1000), all);
        assert!(shuffled(3, b"psyche-witness", 200, 0).is_sorted(), "what is not asked for costs no draws");
    }

    #[test]
    fn seeds_and_salts_give_other_orders() {
        assert_ne!(shuffled(1, b"a", 64, 64), shuffled(2, b"a", 64, 64));
        assert_ne!(shuffled(1, b"a", 64, 64), shuffled(1, b"b", 64, 64));
    }

    #[test]
    fn every_place_is_as_likely() {
        let mut first_place = [0u32; 3];
        for seed in 0..3000u32 {
            let mut key = [0u8; 32];
            key[..4].copy_from_slice(&seed.to_le_bytes());
            let mut items = [0, 1, 2];
            shuffle(&key, b"psyche-trainer", &mut items, 3);
            first_place[items[0] as usize] += 1;
        }
        // 1000 ± 5 standard deviations (26)
        assert!(first_place.iter().all(|count| (870..1130).contains(count)), "{first_place:?}");
    }

    #[test]
    fn below_is_exact_at_the_edges() {
        let mut draws = Draws::new(&[0; 32], b"edge");
        assert_eq!(draws.below(1), 0);
        for bound in [2, 3, 255, 256, (1 << 31) + 1, u32::MAX] {
            for _ in 0..50 {
                assert!(draws.below(bound) < bound);
            }
        }
    }

    /// Computed by another implementation, from the protocol's text; the ninth number begins the second block.
    #[test]
    fn a_known_stream() {
        let mut draws = Draws::new(&[0; 32], b"known");
        let numbers = [0; 10].map(|_: u32| draws.next_u32());
        assert_eq!(numbers[..4], [0x78a0410f, 0x13e746d2, 0x54371b1e, 0x96904d49]);
        assert_eq!(numbers[4..8], [0xb1dc35ab, 0xa2f09e4b, 0x6d4c35b3, 0xf4449d81]);
        assert_eq!(numbers[8..], [0xe85afc3d, 0xb18eb001]);
    }

    /// Of 2^32 numbers only those below the last whole multiple of the bound count: where a draw is that multiple itself
    /// it is thrown away, one less is taken.
    #[test]
    fn below_throws_away_from_the_last_whole_multiple_on() {
        let after_first = |bound: fn(u32) -> u32| {
            let mut draws = Draws::new(&[4; 32], b"edge");
            let (first, second) = (draws.next_u32(), draws.next_u32());
            assert_eq!((first, second), (0xffee2dca, 0xbc176bec));
            Draws::new(&[4; 32], b"edge").below(bound(first))
        };
        assert_eq!(after_first(|first| first), 0xbc176bec);
        assert_eq!(after_first(|first| first + 1), 0xffee2dca);
        // 2^32 is a multiple of these: nothing is thrown away.
        assert_eq!(after_first(|_| 1 << 31), 0x7fee2dca);
        assert_eq!(after_first(|_| 256), 0xca);
    }
}

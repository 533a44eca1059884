//! How a global batch is split among trainers (protocol 2, "Data").

/// Highest capacity.
const CAPACITIES: usize = 8;

/// A batch split in proportion to capacities by the largest remainder; equal remainders are served in seed order.
/// Trainers with the same capacity have the same remainder, so eight classes say all there is to know.
#[derive(Clone)]
pub struct Split {
    /// Sequences of a trainer with capacity `c`, before leftovers.
    base: [u32; CAPACITIES + 1],
    /// `batch * c mod total capacity`.
    remainder: [u32; CAPACITIES + 1],
    /// Trainers with a larger remainder get one more.
    cutoff: u32,
    /// So many of those with exactly this remainder get one more.
    left_at_cutoff: u32,
}

impl Split {
    /// `counts[c]`: number of trainers with capacity `c` (1 to 8; `counts[0]` is ignored).
    pub fn new(batch: u32, counts: &[u16; CAPACITIES + 1]) -> Self {
        let total: u32 = (1..=CAPACITIES).map(|c| c as u32 * counts[c] as u32).sum();
        let mut split =
            Self { base: [0; CAPACITIES + 1], remainder: [0; CAPACITIES + 1], cutoff: u32::MAX, left_at_cutoff: 0 };
        if total == 0 {
            return split;
        }
        let mut left = batch;
        for (c, count) in counts.iter().enumerate().skip(1) {
            let product = batch as u64 * c as u64;
            split.base[c] = (product / total as u64) as u32;
            split.remainder[c] = (product % total as u64) as u32;
            left -= split.base[c] * *count as u32;
        }
        // From the largest remainder down, until the leftovers are gone.
        while left > 0 {
            let next = (1..=CAPACITIES)
                .filter(|c| counts[*c] > 0 && split.remainder[*c] < split.cutoff)
                .map(|c| split.remainder[c])
                .max();
            let Some(next) = next else { break };
            let with_it: u32 = (1..=CAPACITIES).filter(|c| split.remainder[*c] == next).map(|c| counts[c] as u32).sum();
            split.cutoff = next;
            split.left_at_cutoff = left.min(with_it);
            left -= split.left_at_cutoff;
        }
        split
    }

    /// The share of the next trainer in seed order, which has this capacity.
    pub fn next_share(&mut self, capacity: u8) -> u32 {
        let c = (capacity as usize).min(CAPACITIES);
        let mut share = self.base[c];
        if c > 0 && self.remainder[c] > self.cutoff {
            share += 1;
        } else if c > 0 && self.remainder[c] == self.cutoff && self.left_at_cutoff > 0 {
            self.left_at_cutoff -= 1;
            share += 1;
        }
        share
    }

    /// Share of a trainer with this capacity that got no leftover; others have one more.
    pub fn base_share(&self, capacity: u8) -> u32 {
        self.base[(capacity as usize).min(CAPACITIES)]
    }
}

/// Number of trainers of each capacity.
pub fn count_capacities(capacities: impl Iterator<Item = u8>) -> [u16; CAPACITIES + 1] {
    let mut counts = [0u16; CAPACITIES + 1];
    for capacity in capacities {
        counts[(capacity as usize).min(CAPACITIES)] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(batch: u32, capacities: &[u8]) -> Vec<u32> {
        let mut split = Split::new(batch, &count_capacities(capacities.iter().copied()));
        capacities.iter().map(|c| split.next_share(*c)).collect()
    }

    /// The rule as protocol.md says it: sort by remainder, stable in seed order.
    fn by_sorting(batch: u32, capacities: &[u8]) -> Vec<u32> {
        let total: u64 = capacities.iter().map(|c| *c as u64).sum();
        let product = |i: usize| batch as u64 * capacities[i] as u64;
        let mut shares: Vec<u32> = (0..capacities.len()).map(|i| (product(i) / total) as u32).collect();
        let left = batch - shares.iter().sum::<u32>();
        let mut order: Vec<usize> = (0..capacities.len()).collect();
        order.sort_by_key(|i| std::cmp::Reverse(product(*i) % total));
        for i in order.into_iter().take(left as usize) {
            shares[i] += 1;
        }
        shares
    }

    #[test]
    fn plain_cases() {
        assert_eq!(shares(12, &[1, 1, 1]), [4, 4, 4]);
        assert_eq!(shares(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(shares(2, &[1, 1, 1]), [1, 1, 0]);
        assert_eq!(shares(7, &[]), Vec::<u32>::new());
        assert_eq!(shares(9, &[8, 1]), [8, 1]);
    }

    #[test]
    fn equals_sorting_for_many_cases() {
        let mut x = 12345u64;
        let mut random = move |bound: u64| {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (x >> 33) % bound
        };
        for _ in 0..20_000 {
            let most = if random(10) == 0 { 256 } else { 12 };
            let n = 1 + random(most);
            let kinds = 1 + random(8);
            let capacities: Vec<u8> = (0..n).map(|_| 1 + random(kinds) as u8).collect();
            let limit = if random(2) == 0 { 40 } else { 1 << 20 };
            let batch = random(limit) as u32;
            let result = shares(batch, &capacities);
            assert_eq!(result, by_sorting(batch, &capacities), "{batch} {capacities:?}");
            assert_eq!(result.iter().sum::<u32>(), batch);
        }
    }

    #[test]
    fn capacities_outside_one_to_eight() {
        assert_eq!(shares(10, &[0, 1, 0, 1, 1]), [0, 4, 0, 3, 3]);
        assert_eq!(shares(7, &[0, 0]), [0, 0]);
        assert_eq!(shares(17, &[255, 9, 1]), [8, 8, 1]);
        let split = Split::new(10, &count_capacities([0, 1, 255].into_iter()));
        assert_eq!([0, 1, 8, 9].map(|capacity| split.base_share(capacity)), [0, 1, 8, 8]);
    }
}

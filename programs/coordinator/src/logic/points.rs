//! What a decided round pays (protocol 5). All divisions round down; what is left is carried to the next round.

use super::assignment::Split;

/// The two parts of a round's award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Award {
    /// Everything: the step's points and what was carried.
    pub total: u64,
    pub trainers: u64,
    pub witnesses: u64,
}

/// Splits `points_per_step + carry`; None if that does not fit.
pub fn split_award(points_per_step: u64, carry: u64, witness_permille: u16) -> Option<Award> {
    let total = points_per_step.checked_add(carry)?;
    let witnesses = (total as u128 * witness_permille as u128 / 1000) as u64;
    Some(Award { total, trainers: total.checked_sub(witnesses)?, witnesses })
}

/// `floor(pot * share / all)`, with `share <= all`.
pub fn part(pot: u64, share: u32, all: u64) -> u64 {
    if all == 0 {
        return 0;
    }
    match pot.checked_mul(share as u64) {
        Some(product) => product / all,
        None => (pot as u128 * share as u128 / all as u128) as u64,
    }
}

/// Pay of accepted trainers by capacity and leftover: there are at most sixteen different shares, so a round of 256
/// trainers needs sixteen divisions.
pub struct TrainerPay {
    base: [u64; 9],
    with_leftover: [u64; 9],
}

impl TrainerPay {
    /// `accepted`: the sum of the accepted trainers' shares.
    pub fn new(pot: u64, accepted: u64, split: &Split, counts: &[u16; 9]) -> Self {
        let mut pay = Self { base: [0; 9], with_leftover: [0; 9] };
        for capacity in 1..=8u8 {
            let c = capacity as usize;
            if counts[c] > 0 {
                let share = split.base_share(capacity);
                pay.base[c] = part(pot, share, accepted);
                pay.with_leftover[c] = part(pot, share + 1, accepted);
            }
        }
        pay
    }

    /// Pay of a trainer with this capacity and share.
    pub fn of(&self, capacity: u8, share: u32, split: &Split) -> u64 {
        let c = (capacity as usize).min(8);
        if share > split.base_share(capacity) {
            self.with_leftover[c]
        } else {
            self.base[c]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logic::assignment::count_capacities;

    #[test]
    fn awards_lose_nothing() {
        let award = split_award(1000, 7, 250).unwrap();
        assert_eq!(award, Award { total: 1007, trainers: 756, witnesses: 251 });
        assert_eq!(split_award(u64::MAX, 1, 0), None);
        for permille in [0, 1, 333, 1000] {
            let award = split_award(u64::MAX, 0, permille).unwrap();
            assert_eq!(award.trainers + award.witnesses, award.total);
        }
        assert_eq!(split_award(5, 0, 1000).unwrap().trainers, 0);
    }

    #[test]
    fn parts_are_exact_at_the_limits() {
        assert_eq!(part(u64::MAX, 1, 1), u64::MAX);
        assert_eq!(part(u64::MAX, 1 << 20, 1 << 20), u64::MAX);
        assert_eq!(part(10, 1, 3), 3);
        assert_eq!(part(10, 1, 0), 0);
    }

    #[test]
    fn the_table_equals_division() {
        let capacities = [1u8, 1, 2, 5, 8, 8, 3, 1];
        for batch in [1u32, 5, 29, 30, 1000] {
            let counts = count_capacities(capacities.iter().copied());
            let split = Split::new(batch, &counts);
            let mut dealing = split.clone();
            let shares: Vec<u32> = capacities.iter().map(|c| dealing.next_share(*c)).collect();
            let pay = TrainerPay::new(123_456_789, batch as u64, &split, &counts);
            let mut paid = 0;
            for (capacity, share) in capacities.iter().zip(&shares) {
                let points = pay.of(*capacity, *share, &split);
                assert_eq!(points, 123_456_789 * *share as u64 / batch as u64);
                paid += points;
            }
            assert!(paid <= 123_456_789 && paid + capacities.len() as u64 > 123_456_789);
        }
    }

    #[test]
    fn capacities_nobody_has_are_paid_nothing() {
        let counts = count_capacities([0, 2, 8].into_iter());
        let split = Split::new(15, &counts);
        let pay = TrainerPay::new(15, 15, &split, &counts);
        assert_eq!(
            [2, 8, 9, 255].map(|capacity| pay.of(capacity, split.base_share(capacity), &split)),
            [3, 12, 12, 12]
        );
        for capacity in [0, 1, 3, 7] {
            let share = split.base_share(capacity);
            assert_eq!([share, share + 1].map(|share| pay.of(capacity, share, &split)), [0, 0]);
        }
    }
}

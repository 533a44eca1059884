//! Whether a treasury can pay the next epoch.

use super::owed::outstanding;

/// Slots that a round takes at least: its seed is the hash of the second slot after its opening, known one slot later.
pub const MIN_ROUND_SLOTS: u64 = 3;

/// What of a run decides how many points its next epoch can award.
#[derive(Clone, Copy, Debug)]
pub struct NextEpoch {
    /// Steps of the run that are not decided yet.
    pub steps_left: u32,
    /// Rounds open until this many slots after the epoch's start.
    pub epoch_slots: u64,
    pub points_per_step: u64,
    /// Points of earlier rounds that were not given to anyone yet.
    pub carry: u64,
}

impl NextEpoch {
    /// The most points that the epoch can award: an upper bound, however fast its rounds are. Round 0 can follow
    /// Warmup at once, since its seed is pinned there; that is the second round added here, the first is for rounding.
    pub fn max_points(&self) -> u128 {
        let rounds = u128::from(self.epoch_slots / MIN_ROUND_SLOTS) + 2;
        rounds.min(u128::from(self.steps_left)) * u128::from(self.points_per_step) + u128::from(self.carry)
    }

    /// What that costs at `num / den` base units a point, rounded up; None if it is more than 128 bits or the rate
    /// has no meaning.
    pub fn max_cost(&self, num: u64, den: u64) -> Option<u128> {
        cost(self.max_points(), num, den)
    }
}

/// What points cost at `num / den` base units each, rounded up; None if it is more than 128 bits or the rate has no
/// meaning.
pub fn cost(points: u128, num: u64, den: u64) -> Option<u128> {
    if den == 0 {
        return None;
    }
    Some(points.checked_mul(u128::from(num))?.div_ceil(u128::from(den)))
}

/// Base units that the treasury lacks to pay all that is owed and the next epoch; 0: it is covered.
pub fn missing(held: u64, paid_total: u64, owed_total_q64: u128, next_epoch_cost: u128) -> u128 {
    outstanding(owed_total_q64, paid_total).saturating_add(next_epoch_cost).saturating_sub(u128::from(held))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u128 = 1 << 64;

    #[test]
    fn an_epoch_awards_no_more_than_its_time_or_the_run_allows() {
        let epoch = NextEpoch { steps_left: 1_000, epoch_slots: 30, points_per_step: 100, carry: 7 };
        assert_eq!(epoch.max_points(), 12 * 100 + 7);
        assert_eq!(NextEpoch { steps_left: 5, ..epoch }.max_points(), 507);
        assert_eq!(NextEpoch { steps_left: 0, ..epoch }.max_points(), 7);
        assert_eq!(NextEpoch { epoch_slots: 0, ..epoch }.max_points(), 207);
        // The largest values there are.
        let largest =
            NextEpoch { steps_left: u32::MAX, epoch_slots: u64::MAX, points_per_step: u64::MAX, carry: u64::MAX };
        assert_eq!(largest.max_points(), u128::from(u64::MAX) * (1 << 32));
    }

    #[test]
    fn no_schedule_of_rounds_gets_past_the_bound() {
        for epoch_slots in 0..40u64 {
            // Round 0 is decided in the slot it opens in, each later one as soon as its seed allows.
            let (mut slot, mut rounds) = (0, 0u32);
            while slot < epoch_slots || rounds == 0 {
                rounds += 1;
                slot += if rounds == 1 { 0 } else { MIN_ROUND_SLOTS };
            }
            let bound = NextEpoch { steps_left: u32::MAX, epoch_slots, points_per_step: 1, carry: 0 }.max_points();
            assert!(u128::from(rounds) <= bound, "{rounds} rounds in {epoch_slots} slots, bound {bound}");
        }
    }

    #[test]
    fn the_cost_is_rounded_up_and_has_limits() {
        let epoch = NextEpoch { steps_left: 10, epoch_slots: 3_000, points_per_step: 1, carry: 0 };
        assert_eq!(epoch.max_cost(1, 1), Some(10));
        assert_eq!(epoch.max_cost(1, 3), Some(4));
        assert_eq!(epoch.max_cost(0, 3), Some(0));
        assert_eq!(epoch.max_cost(1, 0), None);
        let largest = NextEpoch { steps_left: u32::MAX, epoch_slots: u64::MAX, points_per_step: u64::MAX, carry: 0 };
        assert_eq!(largest.max_cost(u64::MAX, 1), None);
        assert_eq!([(7, 1, 2), (8, 1, 2), (0, 5, 1), (7, 0, 1)].map(|(p, n, d)| cost(p, n, d)), [4, 4, 0, 0].map(Some));
    }

    #[test]
    fn covered_means_that_everything_owed_and_the_next_epoch_can_be_paid() {
        assert_eq!(missing(100, 0, 40 * ONE, 60), 0);
        assert_eq!(missing(100, 0, 40 * ONE + 1, 60), 1);
        assert_eq!(missing(60, 40, 40 * ONE, 60), 0); // what is owed has been paid
        assert_eq!(missing(0, 0, 0, 0), 0);
        assert_eq!(missing(u64::MAX, 0, 0, u128::MAX), u128::MAX - u128::from(u64::MAX));
        assert_eq!(missing(0, 0, u128::MAX, u128::MAX), u128::MAX);
    }
}

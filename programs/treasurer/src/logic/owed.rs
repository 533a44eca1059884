//! What a member gets, and what the authority may take back.

/// Whole base units in an amount, rounded down: what can be paid.
pub fn floor_units(q64: u128) -> u64 {
    (q64 >> 64) as u64
}

/// Whole base units in an amount, rounded up: what must be kept. At most 2^64, so not a u64.
pub fn ceil_units(q64: u128) -> u128 {
    (q64 >> 64) + u128::from(q64 as u64 != 0)
}

/// What a member can claim: everything it ever earned, less what it was paid. What it earned can shrink (a conviction),
/// so the difference is cut off at zero.
pub fn due(owed_q64: u128, paid: u64) -> u64 {
    floor_units(owed_q64).saturating_sub(paid)
}

/// What of that is paid now: at most what is asked for, at most what is held.
pub fn payment(due: u64, max_amount: Option<u64>, held: u64) -> u64 {
    due.min(max_amount.unwrap_or(u64::MAX)).min(held)
}

/// Owed to all members and not paid yet, rounded up.
pub fn outstanding(owed_total_q64: u128, paid_total: u64) -> u128 {
    ceil_units(owed_total_q64).saturating_sub(u128::from(paid_total))
}

/// What the authority may take back when a run has finished.
pub fn withdrawable(held: u64, owed_total_q64: u128, paid_total: u64) -> u64 {
    u128::from(held).saturating_sub(outstanding(owed_total_q64, paid_total)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u128 = 1 << 64;
    const HALF: u128 = ONE / 2;

    #[test]
    fn rounds_down_for_members_and_up_for_the_treasury() {
        assert_eq!(
            [0, HALF, ONE - 1, ONE, ONE + 1, 7 * ONE + HALF, u128::MAX].map(floor_units),
            [0, 0, 0, 1, 1, 7, u64::MAX]
        );
        assert_eq!([0, 1, HALF, ONE, ONE + 1, u128::MAX].map(ceil_units), [0, 1, 1, 1, 2, ONE]);
    }

    #[test]
    fn cumulative_claims_lose_nothing_to_rounding() {
        // A third of a unit per epoch: every claim is rounded down, but of the sum.
        let (mut owed, mut paid) = (0u128, 0u64);
        for _ in 0..3_000 {
            owed += ONE / 3 + 1;
            paid += due(owed, paid);
        }
        assert_eq!(paid, 1_000);
    }

    #[test]
    fn is_never_paid_twice_and_never_below_zero() {
        assert_eq!(due(5 * ONE, 0), 5);
        assert_eq!(due(5 * ONE, 5), 0);
        assert_eq!(due(3 * ONE, 5), 0); // convicted after it was paid
        assert_eq!(due(u128::MAX, u64::MAX), 0);
        assert_eq!(due(u128::MAX, 0), u64::MAX);
    }

    #[test]
    fn pays_at_most_what_is_asked_for_and_held() {
        assert_eq!(payment(10, None, 100), 10);
        assert_eq!(payment(10, Some(4), 100), 4);
        assert_eq!(payment(10, Some(400), 100), 10);
        assert_eq!(payment(10, None, 3), 3);
        assert_eq!(payment(10, Some(4), 3), 3);
        assert_eq!(payment(0, None, 3), 0);
        assert_eq!(payment(u64::MAX, None, u64::MAX), u64::MAX);
    }

    #[test]
    fn gives_back_only_what_nobody_is_owed() {
        assert_eq!(withdrawable(100, 0, 0), 100);
        assert_eq!(withdrawable(100, 60 * ONE, 0), 40);
        assert_eq!(withdrawable(100, 60 * ONE + 1, 0), 39);
        assert_eq!(withdrawable(40, 60 * ONE, 60), 40);
        assert_eq!(withdrawable(40, 60 * ONE, 10), 0); // less than owed
        assert_eq!(withdrawable(u64::MAX, u128::MAX, 0), 0);
        assert_eq!(withdrawable(u64::MAX, u128::MAX, u64::MAX), u64::MAX - 1);
        assert_eq!(withdrawable(5, 0, u64::MAX), 5); // more paid than owed: nothing is kept back
    }

    /// After any order of claims and one withdrawal of the maximum, everyone can still be paid in full.
    #[test]
    fn a_withdrawal_never_touches_what_is_owed() {
        let owed = [HALF, ONE / 3, 7 * ONE + 5, 1_000_003 * ONE - 1, 0];
        let total: u128 = owed.iter().sum();
        for first_claims in 0..1 << owed.len() {
            let (mut held, mut paid, mut paid_total) = (2_000_000u64, [0u64; 5], 0u64);
            let mut claim = |i: usize, held: &mut u64, paid_total: &mut u64| {
                let amount = payment(due(owed[i], paid[i]), None, *held);
                (paid[i], *held, *paid_total) = (paid[i] + amount, *held - amount, *paid_total + amount);
                assert_eq!(paid[i], floor_units(owed[i]));
            };
            (0..5).filter(|i| first_claims >> i & 1 == 1).for_each(|i| claim(i, &mut held, &mut paid_total));
            held -= withdrawable(held, total, paid_total);
            (0..5).for_each(|i| claim(i, &mut held, &mut paid_total));
            assert!(held <= 4); // fractions of units that belong to nobody
        }
    }
}

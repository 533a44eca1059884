//! What points are worth: `num / den` base units of collateral each, owed as Q64.64.

/// `points * num / den` as Q64.64, rounded down; None if the whole part does not fit 64 bits or `den` is 0.
pub fn owed(points: u64, num: u64, den: u64) -> Option<u128> {
    if den == 0 {
        return None;
    }
    let product = points as u128 * num as u128;
    let (whole, rest) = (product / den as u128, product % den as u128);
    if whole > u64::MAX as u128 {
        return None;
    }
    // rest < den < 2^64, so the shift can't lose bits
    Some((whole << 64) | ((rest << 64) / den as u128))
}

/// Whether `points` at this rate stay below 2^63 base units.
pub fn fits(points: u64, num: u64, den: u64) -> bool {
    den != 0 && points as u128 * (num as u128) < (den as u128) << 63
}

/// Whole base units that have to be held for this debt.
pub fn ceil(owed: u128) -> u128 {
    let whole = owed >> 64;
    if owed as u64 == 0 {
        whole
    } else {
        whole + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_fraction() {
        assert_eq!(owed(3, 1, 2), Some((1 << 64) | 1 << 63));
        assert_eq!(owed(0, 5, 7), Some(0));
        assert_eq!(owed(1, 1, 0), None);
        assert_eq!(owed(u64::MAX, 2, 1), None);
        assert_eq!(owed(u64::MAX, u64::MAX, u64::MAX), Some((u64::MAX as u128) << 64));
        assert_eq!(ceil(owed(3, 1, 2).unwrap()), 2);
        assert_eq!(ceil(owed(4, 1, 2).unwrap()), 2);
    }

    #[test]
    fn parts_never_exceed_the_whole() {
        for (num, den) in [(1, 3), (7, 9), (10, 1), (u32::MAX as u64, 1_000_003)] {
            let parts: u128 = (1..=50u64).map(|points| owed(points, num, den).unwrap()).sum();
            assert!(parts <= owed(50 * 51 / 2, num, den).unwrap());
        }
    }

    #[test]
    fn limits() {
        assert!(fits(1 << 62, 1, 1));
        assert!(!fits(1 << 63, 1, 1));
        assert!(fits(1 << 40, (1 << 23) - 1, 1));
        assert!(!fits(1 << 40, 1 << 23, 1));
        assert!(!fits(u64::MAX, u64::MAX, 1));
        assert!(fits(u64::MAX, 1, 2 + 1));
        assert!(!fits(1, 1, 0));
    }
}

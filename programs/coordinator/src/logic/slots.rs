//! Seconds as slots.

/// Slots that last at least so many seconds.
pub fn slots(seconds: u64, slot_ms: u32) -> u64 {
    (seconds * 1000).div_ceil(slot_ms.max(1) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_up() {
        assert_eq!(slots(0, 400), 0);
        assert_eq!(slots(1, 400), 3);
        assert_eq!(slots(2, 400), 5);
        assert_eq!(slots(30, 400), 75);
        assert_eq!(slots(1, 0), 1000);
    }
}

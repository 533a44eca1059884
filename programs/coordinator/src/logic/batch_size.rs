//! The size of a round's global batch.

/// Sequences of the global batch after `tokens` were processed: linear from `start` to `end` over `warmup_tokens`, the
/// change rounded towards zero.
pub fn batch_size(tokens: u64, start: u32, end: u32, warmup_tokens: u64) -> u32 {
    if warmup_tokens == 0 || tokens >= warmup_tokens {
        return end;
    }
    let span = start.abs_diff(end) as u128;
    let change = (span * tokens as u128 / warmup_tokens as u128) as u32;
    if end >= start {
        start + change
    } else {
        start - change
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_shrinks() {
        assert_eq!(batch_size(0, 4, 8, 0), 8);
        assert_eq!(batch_size(0, 4, 8, 100), 4);
        assert_eq!(batch_size(24, 4, 8, 100), 4);
        assert_eq!(batch_size(25, 4, 8, 100), 5);
        assert_eq!(batch_size(99, 4, 8, 100), 7);
        assert_eq!(batch_size(100, 4, 8, 100), 8);
        assert_eq!(batch_size(0, 4, 8, 1), 4);
        assert_eq!(batch_size(24, 8, 4, 100), 8);
        assert_eq!(batch_size(25, 8, 4, 100), 7);
        assert_eq!(batch_size(u64::MAX - 1, 1, 1 << 20, u64::MAX), (1 << 20) - 1);
    }

    #[test]
    fn stays_between_start_and_end() {
        for tokens in 0..200 {
            for (start, end) in [(1, 9), (9, 1), (5, 5)] {
                let size = batch_size(tokens, start, end, 137);
                assert!((start.min(end)..=start.max(end)).contains(&size));
            }
        }
    }
}

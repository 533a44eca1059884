//! Reads the SlotHashes sysvar in place: 20 kB are too much to deserialize.
//!
//! Layout: number of entries (u64), then per entry a slot (u64) and a hash (32 bytes), newest first.

const ENTRY: usize = 40;
const ENTRIES_MAX: usize = 512;

/// The first slot at or after `wanted` that is kept, and its hash. None: nothing yet, or bytes of another shape.
pub fn first_at_or_after(data: &[u8], wanted: u64) -> Option<(u64, [u8; 32])> {
    let count = usize::try_from(u64::from_le_bytes(data.get(..8)?.try_into().ok()?)).ok()?;
    if count > ENTRIES_MAX || data.len() < 8 + count * ENTRY {
        return None;
    }
    let slot_at = |i: usize| {
        let at = 8 + i * ENTRY;
        u64::from_le_bytes(data[at..at + 8].try_into().unwrap_or_default())
    };
    // Entries 0..found have slots >= wanted.
    let (mut found, mut end) = (0, count);
    while found < end {
        let middle = (found + end) / 2;
        if slot_at(middle) >= wanted {
            found = middle + 1;
        } else {
            end = middle;
        }
    }
    let i = found.checked_sub(1)?;
    let at = 8 + i * ENTRY + 8;
    Some((slot_at(i), data[at..at + 32].try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sysvar(slots: &[u64]) -> Vec<u8> {
        let mut data = (slots.len() as u64).to_le_bytes().to_vec();
        for slot in slots {
            data.extend(slot.to_le_bytes());
            data.extend([*slot as u8; 32]);
        }
        data
    }

    #[test]
    fn finds_the_first_slot_that_is_not_earlier() {
        let data = sysvar(&[109, 108, 105, 104, 101]);
        let find = |wanted| first_at_or_after(&data, wanted).map(|(slot, hash)| (slot, hash[0]));
        assert_eq!(find(0), Some((101, 101)));
        assert_eq!(find(101), Some((101, 101)));
        assert_eq!(find(102), Some((104, 104)));
        assert_eq!(find(106), Some((108, 108)));
        assert_eq!(find(109), Some((109, 109)));
        assert_eq!(find(110), None);
    }

    #[test]
    fn equals_a_linear_search() {
        let slots: Vec<u64> = (0..512).map(|i| 5000 - i * 3 - (i % 2)).collect();
        let data = sysvar(&slots);
        for wanted in 3400..5010 {
            let linear = slots.iter().rev().find(|slot| **slot >= wanted).copied();
            assert_eq!(first_at_or_after(&data, wanted).map(|(slot, _)| slot), linear);
        }
    }

    #[test]
    fn other_shapes_are_nothing() {
        assert_eq!(first_at_or_after(&[], 0), None);
        assert_eq!(first_at_or_after(&[0; 7], 0), None);
        assert_eq!(first_at_or_after(&sysvar(&[]), 0), None);
        assert_eq!(first_at_or_after(&u64::MAX.to_le_bytes(), 0), None);
        assert_eq!(first_at_or_after(&sysvar(&[5])[..47], 0), None);
        assert_eq!(first_at_or_after(&sysvar(&[7, 6, 5])[..127], 0), None);
        let slots: Vec<u64> = (0..513).rev().collect();
        assert_eq!(first_at_or_after(&sysvar(&slots), 0), None);
        assert_eq!(first_at_or_after(&sysvar(&slots[..512]), 0), Some((1, [1; 32])));
    }
}

//! Sets of up to 256 member indices: bit `i % 8` of byte `i / 8`.

pub type Bitmap = [u8; 32];

pub fn contains(bitmap: &Bitmap, index: usize) -> bool {
    bitmap[index >> 3] & (1 << (index & 7)) != 0
}

pub fn insert(bitmap: &mut Bitmap, index: usize) {
    bitmap[index >> 3] |= 1 << (index & 7);
}

pub fn is_empty(bitmap: &Bitmap) -> bool {
    bitmap.iter().all(|byte| *byte == 0)
}

pub fn is_subset(part: &Bitmap, whole: &Bitmap) -> bool {
    part.iter().zip(whole).all(|(p, w)| p & !w == 0)
}

pub fn count(bitmap: &Bitmap) -> u32 {
    bitmap.iter().map(|byte| byte.count_ones()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_its_bit() {
        for i in 0..256 {
            let mut one = [0; 32];
            assert!(is_empty(&one));
            insert(&mut one, i);
            assert!(!is_empty(&one));
            assert_eq!(count(&one), 1);
            assert!((0..256).all(|j| contains(&one, j) == (i == j)));
            assert!(is_subset(&one, &[255; 32]) && is_subset(&[0; 32], &one) && !is_subset(&[255; 32], &one));
        }
        let mut low = [0; 32];
        insert(&mut low, 9);
        assert_eq!(low[1], 2);
    }

    #[test]
    fn counts_what_was_inserted_once() {
        let mut some = [0; 32];
        assert_eq!(count(&some), 0);
        for (i, index) in [0, 7, 8, 100, 255].into_iter().enumerate() {
            insert(&mut some, index);
            insert(&mut some, index);
            assert_eq!(count(&some), i as u32 + 1);
        }
        assert_eq!(count(&[255; 32]), 256);
    }
}

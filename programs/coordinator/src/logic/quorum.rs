//! How many identical votes decide (protocol 2).

/// All of one or two, else two thirds rounded up. `n` is the number elected, never of those who came.
pub fn quorum(n: usize) -> usize {
    if n <= 2 {
        n
    } else {
        (2 * n).div_ceil(3)
    }
}

/// Whether `count` of `n` are a quorum; never of nobody.
pub fn is_quorum(count: usize, n: usize) -> bool {
    n > 0 && count >= quorum(n)
}

/// The value that a quorum of `n` named, if there is one. A quorum is a majority, so there can be only one.
pub fn agreed<'a>(votes: impl Iterator<Item = &'a [u8; 32]> + Clone, n: usize) -> Option<&'a [u8; 32]> {
    // Boyer–Moore: the only value that can have a majority of the votes.
    let mut candidate = None;
    let mut lead = 0usize;
    for vote in votes.clone() {
        if lead == 0 {
            candidate = Some(vote);
            lead = 1;
        } else if candidate == Some(vote) {
            lead += 1;
        } else {
            lead -= 1;
        }
    }
    let candidate = candidate?;
    let count = votes.filter(|vote| *vote == candidate).count();
    is_quorum(count, n).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!((0..=10).map(quorum).collect::<Vec<_>>(), [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7]);
        assert_eq!(quorum(32), 22);
        assert_eq!(quorum(256), 171);
        assert!((1..=256).all(|n| 2 * quorum(n) > n), "always a majority");
        assert!(!is_quorum(0, 0));
    }

    #[test]
    fn agreement_is_a_quorum_of_the_elected() {
        let vote = |value: u8| [value; 32];
        let check = |values: &[u8], n: usize| {
            let votes: Vec<[u8; 32]> = values.iter().map(|v| vote(*v)).collect();
            agreed(votes.iter(), n).map(|v| v[0])
        };
        assert_eq!(check(&[], 0), None);
        assert_eq!(check(&[], 3), None);
        assert_eq!(check(&[1], 1), Some(1));
        assert_eq!(check(&[1], 2), None);
        assert_eq!(check(&[1, 2], 2), None);
        assert_eq!(check(&[1, 1], 3), Some(1));
        assert_eq!(check(&[1, 2, 1], 3), Some(1));
        assert_eq!(check(&[2, 1, 3, 1, 1], 5), None);
        assert_eq!(check(&[2, 1, 1, 1, 1], 5), Some(1));
    }

    /// Every sequence of up to seven votes for three values, of which as many are elected as vote, or more.
    #[test]
    fn the_order_of_votes_does_not_matter() {
        for n in 0..=7u32 {
            for code in 0..3usize.pow(n) {
                let values: Vec<usize> = (0..n).map(|i| code / 3usize.pow(i) % 3).collect();
                let votes: Vec<[u8; 32]> = values.iter().map(|value| [*value as u8; 32]).collect();
                for elected in n as usize..=n as usize + 2 {
                    let decided = (0..3)
                        .find(|value| is_quorum(values.iter().filter(|v| *v == value).count(), elected))
                        .map(|value| [value as u8; 32]);
                    assert_eq!(agreed(votes.iter(), elected), decided.as_ref(), "{values:?} of {elected}");
                }
            }
        }
    }
}

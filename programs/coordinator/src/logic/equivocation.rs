//! The proof that a trainer signed two commitments for one round: two envelopes (protocol 3.2) and the data of the
//! ed25519 program's instruction that checked their signatures.

/// Bytes of an envelope.
pub const ENVELOPE: usize = 126;
const TAG: &[u8; 20] = b"psyche-commitment-v1";

/// `TAG ‖ program ‖ origin ‖ epoch u32 ‖ round u32 ‖ index u16 ‖ sha256(body)`, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub program: [u8; 32],
    /// `Run::origin`.
    pub origin: [u8; 32],
    pub epoch: u32,
    pub round: u32,
    /// Member index of the trainer.
    pub index: u16,
    pub body_hash: [u8; 32],
}

impl Envelope {
    /// None if this is not a commitment's envelope.
    pub fn parse(bytes: &[u8; ENVELOPE]) -> Option<Self> {
        let rest = bytes.strip_prefix(TAG)?;
        let (program, rest) = rest.split_first_chunk()?;
        let (origin, rest) = rest.split_first_chunk()?;
        let (epoch, rest) = rest.split_first_chunk()?;
        let (round, rest) = rest.split_first_chunk()?;
        let (index, rest) = rest.split_first_chunk()?;
        Some(Self {
            program: *program,
            origin: *origin,
            epoch: u32::from_le_bytes(*epoch),
            round: u32::from_le_bytes(*round),
            index: u16::from_le_bytes(*index),
            body_hash: rest.try_into().ok()?,
        })
    }

    /// Whether both are of the same round and trainer, but name different commitments.
    pub fn contradicts(&self, other: &Self) -> bool {
        Self { body_hash: other.body_hash, ..*self } == *other && self.body_hash != other.body_hash
    }
}

/// One key's signatures over two envelopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedPair<'a> {
    pub key: &'a [u8; 32],
    pub envelopes: [&'a [u8; ENVELOPE]; 2],
}

const KEY_AT: usize = 30;
const SIGNATURES_AT: [usize; 2] = [62, 126];
const ENVELOPES_AT: [usize; 2] = [190, 316];
/// Bytes of the ed25519 instruction's data.
pub const PROOF: usize = 442;

/// Count, padding, and two times: signature offset, instruction, key offset, instruction, message offset, size,
/// instruction. 0xFFFF is the ed25519 instruction itself: nothing is read from elsewhere.
const HEADER: [u8; KEY_AT] = {
    let mut header = [0u8; KEY_AT];
    header[0] = 2;
    let mut i = 0;
    while i < 2 {
        let fields = [
            SIGNATURES_AT[i] as u16,
            u16::MAX,
            KEY_AT as u16,
            u16::MAX,
            ENVELOPES_AT[i] as u16,
            ENVELOPE as u16,
            u16::MAX,
        ];
        let mut field = 0;
        while field < 7 {
            let [low, high] = fields[field].to_le_bytes();
            header[2 + 14 * i + 2 * field] = low;
            header[2 + 14 * i + 2 * field + 1] = high;
            field += 1;
        }
        i += 1;
    }
    header
};

/// What the ed25519 program verified, if its instruction's data has exactly the one layout that is accepted: with any
/// other offset it may have verified something else than what is read here.
pub fn signed_pair(data: &[u8]) -> Option<SignedPair<'_>> {
    if data.len() != PROOF || !data.starts_with(&HEADER) {
        return None;
    }
    let envelope = |at: usize| data[at..at + ENVELOPE].try_into().ok();
    Some(SignedPair {
        key: data[KEY_AT..KEY_AT + 32].try_into().ok()?,
        envelopes: [envelope(ENVELOPES_AT[0])?, envelope(ENVELOPES_AT[1])?],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(round: u32, index: u16, body: u8) -> [u8; ENVELOPE] {
        let mut bytes = [body; ENVELOPE];
        bytes[..20].copy_from_slice(TAG);
        bytes[20..52].fill(1);
        bytes[52..84].fill(2);
        bytes[84..88].copy_from_slice(&7u32.to_le_bytes());
        bytes[88..92].copy_from_slice(&round.to_le_bytes());
        bytes[92..94].copy_from_slice(&index.to_le_bytes());
        bytes
    }

    #[test]
    fn an_envelope_is_read_field_by_field() {
        let expected = Envelope {
            program: [1; 32],
            origin: [2; 32],
            epoch: 7,
            round: 0x0102_0304,
            index: 0x0506,
            body_hash: [9; 32],
        };
        assert_eq!(Envelope::parse(&envelope(0x0102_0304, 0x0506, 9)), Some(expected));
        for i in 0..TAG.len() {
            let mut other = envelope(1, 2, 3);
            other[i] ^= 1;
            assert_eq!(Envelope::parse(&other), None);
        }
    }

    #[test]
    fn only_another_commitment_to_the_same_round_contradicts() {
        let parse = |round, index, body| Envelope::parse(&envelope(round, index, body)).unwrap();
        let first = parse(3, 4, 5);
        assert!(first.contradicts(&parse(3, 4, 6)) && parse(3, 4, 6).contradicts(&first));
        assert!(!first.contradicts(&first));
        for other in [parse(4, 4, 6), parse(3, 5, 6)] {
            assert!(!first.contradicts(&other));
        }
        let second = parse(3, 4, 6);
        assert!(!first.contradicts(&Envelope { program: [8; 32], ..second }));
        assert!(!first.contradicts(&Envelope { origin: [8; 32], ..second }));
        assert!(!first.contradicts(&Envelope { epoch: 8, ..second }));
    }

    #[test]
    fn the_proof_has_one_layout() {
        let mut data = vec![2, 0];
        for field in [62u16, 65535, 30, 65535, 190, 126, 65535, 126, 65535, 30, 65535, 316, 126, 65535] {
            data.extend(field.to_le_bytes());
        }
        data.extend([5; 32]);
        data.extend([6; 128]);
        data.extend(envelope(3, 4, 5));
        data.extend(envelope(3, 4, 6));
        let pair = SignedPair { key: &[5; 32], envelopes: [&envelope(3, 4, 5), &envelope(3, 4, 6)] };
        assert_eq!(signed_pair(&data), Some(pair));
        for i in 0..KEY_AT {
            let mut other = data.clone();
            other[i] ^= 1;
            assert_eq!(signed_pair(&other), None, "byte {i}");
        }
        assert_eq!(signed_pair(&data[..441]), None);
        assert_eq!(signed_pair(&[]), None);
        data.push(0);
        assert_eq!(signed_pair(&data), None);
    }
}

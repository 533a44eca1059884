//! How a member can be reached.

use anchor_lang::prelude::*;

use crate::{constants::MULTIADDR_MAX, errors::CoordinatorError, MAX_MEMBERS};

/// An argument of `join_run`.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub enum NetworkAddress {
    /// Not reachable: it dials the others.
    None,
    /// Packed (binary) multiaddr without `/p2p`, at most 48 bytes.
    Multiaddr { bytes: Vec<u8> },
    /// Relayed by the member with this index.
    ThroughMember { index: u16 },
}

impl NetworkAddress {
    /// Checks sizes; the bytes themselves are for peers to judge.
    pub fn validate(&self) -> Result<()> {
        let valid = match self {
            Self::None => true,
            Self::Multiaddr { bytes } => !bytes.is_empty() && bytes.len() <= MULTIADDR_MAX as usize,
            Self::ThroughMember { index } => *index < MAX_MEMBERS,
        };
        require!(valid, CoordinatorError::InvalidAddress);
        Ok(())
    }

    /// The three fields of `Member`: kind, length, bytes.
    pub fn pack(&self) -> (u8, u8, [u8; 48]) {
        let mut packed = [0u8; 48];
        match self {
            Self::None => (0, 0, packed),
            Self::Multiaddr { bytes } => {
                packed[..bytes.len()].copy_from_slice(bytes);
                (1, bytes.len() as u8, packed)
            }
            Self::ThroughMember { index } => {
                packed[..2].copy_from_slice(&index.to_le_bytes());
                (2, 2, packed)
            }
        }
    }
}

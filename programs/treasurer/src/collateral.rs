//! Which tokens can be a run's collateral.

use anchor_lang::prelude::*;
use anchor_spl::token_2022::spl_token_2022::{
    extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
    state::Mint,
};

use crate::errors::TreasurerError;

/// What members should know about a mint before they work for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collateral {
    /// It has a freeze authority, which can block the vault and members' accounts.
    pub freezable: bool,
    /// It can take a fee of every transfer; its authority can raise it.
    pub transfer_fee: bool,
}

impl Collateral {
    /// Checks a mint's account data, of either token program. Extensions are allowed by name: whatever Token-2022
    /// learns later is refused until someone has read it. (A permanent delegate could empty the vault, a transfer hook
    /// or pausing could block claims, a close authority could put another mint in this one's place, and so on.)
    pub fn of_mint(data: &[u8]) -> Result<Self> {
        let mint = StateWithExtensions::<Mint>::unpack(data).map_err(|_| TreasurerError::InvalidMint)?;
        let mut collateral = Self { freezable: mint.base.freeze_authority.is_some(), transfer_fee: false };
        for extension in mint.get_extension_types().map_err(|_| TreasurerError::ExtensionNotAllowed)? {
            match extension {
                ExtensionType::MetadataPointer | ExtensionType::TokenMetadata => {}
                ExtensionType::TransferFeeConfig => collateral.transfer_fee = true,
                other => {
                    msg!("extension {}", other as u16);
                    return err!(TreasurerError::ExtensionNotAllowed);
                }
            }
        }
        Ok(collateral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anchor_lang::solana_program::program_pack::Pack;

    /// A mint as the token programs store it, with empty extensions of these types (number, length).
    fn mint(freezable: bool, extensions: &[(u16, u16)]) -> Vec<u8> {
        let mut base = Mint { is_initialized: true, decimals: 6, ..Mint::default() };
        if freezable {
            base.freeze_authority = Some(Pubkey::new_unique()).into();
        }
        let mut data = vec![0; Mint::LEN];
        base.pack_into_slice(&mut data);
        if !extensions.is_empty() {
            data.resize(165, 0); // padded to the size of a token account
            data.push(1); // the account is a mint
            for (kind, length) in extensions {
                data.extend(kind.to_le_bytes());
                data.extend(length.to_le_bytes());
                data.resize(data.len() + usize::from(*length), 0);
            }
        }
        data
    }

    fn code(data: &[u8]) -> u32 {
        match Collateral::of_mint(data).unwrap_err() {
            Error::AnchorError(e) => e.error_code_number,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn plain_tokens_are_allowed_and_a_freeze_authority_is_told() {
        assert_eq!(
            Collateral::of_mint(&mint(false, &[])).unwrap(),
            Collateral { freezable: false, transfer_fee: false }
        );
        assert_eq!(Collateral::of_mint(&mint(true, &[])).unwrap(), Collateral { freezable: true, transfer_fee: false });
    }

    #[test]
    fn metadata_and_transfer_fee_are_the_only_extensions_allowed() {
        // Numbers as on chain: 1 TransferFeeConfig, 18 MetadataPointer, 19 TokenMetadata.
        let allowed = [(1, 108), (18, 64), (19, 80)];
        assert_eq!(
            Collateral::of_mint(&mint(false, &allowed)).unwrap(),
            Collateral { freezable: false, transfer_fee: true }
        );
        assert!(!Collateral::of_mint(&mint(false, &allowed[1..])).unwrap().transfer_fee);
        for kind in (1..200u16).filter(|k| ![1, 18, 19].contains(k)) {
            assert_eq!(
                code(&mint(false, &[(18, 64), (kind, 32)])),
                TreasurerError::ExtensionNotAllowed as u32 + 6000,
                "extension {kind}"
            );
        }
    }

    #[test]
    fn what_is_not_a_mint_is_refused() {
        let uninitialized = vec![0; Mint::LEN];
        let mut account = mint(false, &[(18, 64)]);
        account[165] = 2; // a token account
        let mut cut = mint(false, &[(19, 80)]);
        cut.truncate(cut.len() - 1);
        for data in [&[][..], &uninitialized, &uninitialized[..81], &account] {
            assert_eq!(code(data), TreasurerError::InvalidMint as u32 + 6000);
        }
        assert!(Collateral::of_mint(&cut).is_err());
    }
}

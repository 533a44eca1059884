//! Everything that can go wrong, and what to do about it.

use anchor_lang::prelude::*;

#[error_code]
pub enum AuthorizerError {
    #[msg("Only the grantor can do this: sign with the key that created the authorization")]
    NotGrantor,
    #[msg("Only the grantee can do this: sign with the key that was authorized")]
    NotGrantee,
    #[msg("The grantee can't be the default public key: name the key that is to be authorized")]
    InvalidGrantee,
    #[msg("A scope is 1 to 32 bytes: \"psyche-join\" for all runs of the grantor, or the address of one run")]
    InvalidScope,
    #[msg("At most 16 delegates, each named once, and none of them the default public key")]
    InvalidDelegates,
    #[msg("The authorization is in that state already: nothing to do")]
    NothingToChange,
}

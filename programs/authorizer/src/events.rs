//! What an observer needs to follow authorizations from the transactions' logs.

use anchor_lang::prelude::*;

#[event]
pub struct AuthorizationCreated {
    pub authorization: Pubkey,
    pub grantor: Pubkey,
    pub grantee: Pubkey,
    pub scope: Vec<u8>,
}

#[event]
pub struct AuthorizationActiveSet {
    pub authorization: Pubkey,
    pub active: bool,
}

#[event]
pub struct DelegatesSet {
    pub authorization: Pubkey,
    pub delegates: Vec<Pubkey>,
}

#[event]
pub struct AuthorizationClosed {
    pub authorization: Pubkey,
    pub grantor: Pubkey,
    pub grantee: Pubkey,
}

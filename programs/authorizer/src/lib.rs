//! The authorizer: a grantor says that a grantee, or a delegate of it, may do what a scope names.
//!
//! The coordinator's `join_run` asks for an authorization where a run names a join authority; whoever else wants one
//! can define a scope of its own. This file holds the entry points only.

// Anchor's macros expand to code these lints dislike.
#![allow(clippy::result_large_err, clippy::diverging_sub_expression, deprecated)]

use anchor_lang::prelude::*;

pub mod errors;
pub mod events;
pub mod instructions;
pub mod state;

pub use errors::AuthorizerError;
pub use instructions::*;
pub use state::*;

// The committed key pair is for local networks; `PSYCHE_AUTHORIZER_ID` at build time names one's own.
declare_id!(Pubkey::from_str_const(match option_env!("PSYCHE_AUTHORIZER_ID") {
    Some(id) => id,
    None => "Hqpt5cVHtbHV5fHVP9bhsy7iymxRiJMVhuNzNc4UFv5U",
}));

// Found by explorers and `query-security-txt`. A deployment of one's own names its own contacts here.
#[cfg(not(feature = "no-entrypoint"))]
solana_security_txt::security_txt! {
    name: "Psyche authorizer",
    project_url: "the source repository (docs/architecture.md)",
    contacts: "other:the maintainers, privately, through the source repository's security advisories",
    policy: "docs/security.md in the source repository",
    preferred_languages: "en",
    auditors: "None"
}

#[program]
pub mod authorizer {
    use super::*;

    /// The grantor authorizes a grantee for a scope; active at once.
    pub fn create_authorization(ctx: Context<CreateAuthorization>, grantee: Pubkey, scope: Vec<u8>) -> Result<()> {
        CreateAuthorization::handle(ctx, grantee, scope)
    }

    /// The grantor suspends an authorization or makes it valid again.
    pub fn set_active(ctx: Context<SetActive>, active: bool) -> Result<()> {
        SetActive::handle(ctx, active)
    }

    /// The grantee names the keys that may use the authorization in its stead; replaces those named before.
    pub fn set_delegates(ctx: Context<SetDelegates>, delegates: Vec<Pubkey>) -> Result<()> {
        SetDelegates::handle(ctx, delegates)
    }

    /// The grantor takes the authorization back for good.
    pub fn close_authorization(ctx: Context<CloseAuthorization>) -> Result<()> {
        CloseAuthorization::handle(ctx)
    }
}

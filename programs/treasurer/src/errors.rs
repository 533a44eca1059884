//! Everything that can go wrong, and what to do about it.

use anchor_lang::prelude::*;

#[error_code]
pub enum TreasurerError {
    // --- keys ---
    #[msg("Only the run's authority can do this: sign with the key that created the run")]
    NotAuthority,
    #[msg("Only the member's payout key can claim: sign with the payout key named when the node joined")]
    NotPayout,
    #[msg("The tokens can only go to an account of the signer: pass a token account that it owns")]
    NotOwnTokenAccount,

    // --- accounts ---
    #[msg("The run names another treasury: create the run with this treasury's address (PDA \"treasury\", run)")]
    WrongTreasury,
    #[msg("The account is of another run: pass the run that the treasury belongs to")]
    WrongRun,
    #[msg("The token is not this treasury's collateral: pass the mint stored in the treasury")]
    WrongMint,
    #[msg("Not this treasury's vault: pass the vault stored in the treasury")]
    WrongVault,
    #[msg("The collateral belongs to another token program: pass the one stored in the treasury")]
    WrongTokenProgram,

    // --- collateral ---
    #[msg("This Token-2022 mint has an extension that lets others take, block or change members' tokens: use a mint with none but metadata and transfer fee")]
    ExtensionNotAllowed,

    // --- amounts ---
    #[msg("The amount must be at least 1 base unit")]
    InvalidAmount,
    #[msg("Nothing to claim: points become claimable when the epoch's Cooldown has settled them")]
    NothingToClaim,
    #[msg("The treasury holds nothing at present: what you are owed stays owed, claim again when it is funded")]
    TreasuryEmpty,
    #[msg("The treasury can't pay the next epoch: fund it with the number of base units that the log names, or lower the rate")]
    NotCovered,
    #[msg("More than nobody is owed: withdraw at most the number of base units that the log names")]
    OwedToMembers,

    // --- states ---
    #[msg("The last epoch's points can be claimed when its Cooldown is over: try again in a moment")]
    NotVested,
    #[msg("The run is still there: close its accounts with close_run first")]
    RunNotClosed,
    #[msg("The vault still holds tokens: withdraw them first")]
    VaultNotEmpty,
    #[msg(
        "The member's account is still there, or could come back: close it with close_member after the run's end first"
    )]
    MemberNotClosed,
    #[msg("Collateral is bound until the run has finished: finish the run first")]
    NotFinished,

    // --- should never be seen ---
    #[msg("The mint can't be read as a token mint: pass an initialized SPL Token or Token-2022 mint")]
    InvalidMint,
    #[msg("Arithmetic out of range: please report this with the transaction's signature")]
    Arithmetic,
    #[msg("The treasury would break its own rules: please report this with the transaction's signature")]
    BrokenInvariant,
}

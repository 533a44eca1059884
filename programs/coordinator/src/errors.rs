//! Everything that can go wrong, and what to do about it.

use anchor_lang::prelude::*;

#[error_code]
pub enum CoordinatorError {
    // --- state and time ---
    #[msg("Nothing to do yet: tick again when the state's time is over or its condition is met")]
    TooEarly,
    #[msg("Not possible in the run's present state: look at it with `psyche-client run show`")]
    WrongState,
    #[msg("The epoch is another one: fetch the run again and use its epoch")]
    WrongEpoch,
    #[msg("The round is another one: fetch the run again and use its round")]
    WrongRound,
    #[msg("The round's seed is not pinned yet: send pin_seed first")]
    SeedNotPinned,
    #[msg("The seed is pinned already: go on with the round")]
    SeedAlreadyPinned,
    #[msg("No slot hash at or after the seed's slot yet: try again in the next slot")]
    SeedTooEarly,
    #[msg("The account given is not the SlotHashes sysvar: pass SysvarS1otHashes111111111111111111111111111")]
    NotSlotHashes,
    #[msg("Points are not settled yet: send settle for every unsettled member first")]
    NotSettled,
    #[msg("The member is settled already: leave its index out")]
    AlreadySettled,

    // --- keys ---
    #[msg("Only the run's authority can do this: sign with the key that created the run")]
    NotAuthority,
    #[msg("Only the run's treasury can do this: go through the treasurer program")]
    NotTreasury,
    #[msg("A run with a treasury is resumed by it: use the treasurer's resume_run")]
    ResumeThroughTreasury,
    #[msg("The signer is not the member at this index: fetch the run again and use your node's index")]
    NotMember,
    #[msg("The signer is not the witness at this position: fetch the run again and use your node's position")]
    NotWitness,
    #[msg("The signer is not elected to post this epoch's checkpoint: leave it to the elected members")]
    NotCheckpointer,
    #[msg("The payout key is fixed by the first join: join with the same one")]
    PayoutFixed,
    #[msg("The member has points: its payout key must sign too")]
    PayoutMustSign,
    #[msg("The node must sign: anyone else can close its account 90 days after the run's end")]
    NodeMustSign,

    // --- joining and leaving ---
    #[msg("The list for the next epoch is full: join after the epoch has started")]
    PendingFull,
    #[msg("The run needs another client version: upgrade psyche-client to the run's version")]
    WrongClientVersion,
    #[msg("The capacity must be 1 to 8: declare how many times a small machine's share yours can do")]
    InvalidCapacity,
    #[msg("The address must be 1 to 48 bytes of packed multiaddr, or the index of a member below 256")]
    InvalidAddress,
    #[msg("The payout key can't be the default public key: name a key that you own")]
    InvalidPayout,
    #[msg("A member of the running epoch can't leave: wait for the epoch's end")]
    InRunningEpoch,
    #[msg("The member is not healthy: it can take part again in the next epoch")]
    NotHealthy,
    #[msg("The member has answered already: nothing more to do in this state")]
    AlreadyWarm,

    #[msg(
        "The run is permissioned: ask its join authority for an authorization of your node key, and pass its account"
    )]
    NotAuthorized,

    // --- equivocation ---
    #[msg("The instruction right before must be the ed25519 program's, over both envelopes by one key, laid out as docs/protocol.md says")]
    InvalidProof,
    #[msg("The envelopes must be commitments to rounds of this run of this program")]
    WrongEnvelope,
    #[msg("No equivocation: the envelopes must be of one round and one member index, and name different commitments")]
    NotEquivocation,
    #[msg("The member is convicted already: nothing more to take")]
    AlreadyConvicted,
    #[msg("The treasury's share of the deposit goes to the run's treasury, or to the run where there is none: pass that account")]
    WrongTreasury,

    // --- witnessing ---
    #[msg("The bitmap must name at least one accepted member, and only this round's trainers")]
    InvalidBitmap,
    #[msg("At most 8 evaluations and 16 sample tokens fit: send fewer")]
    MetricsTooLong,
    #[msg("No such round is kept: health checks are for the last 4 rounds of the running epoch")]
    RoundNotKept,
    #[msg("The member did what this round asked of it: nothing to drop it for")]
    MemberIsHealthy,
    #[msg("The epoch's hash is not agreed, or is another one: wait for the quorum and post what it named")]
    HashNotAgreed,
    #[msg("The location must be 1 to 128 bytes")]
    InvalidLocation,
    #[msg("Member index out of range: use an index below the epoch's number of members")]
    IndexOutOfRange,
    #[msg("The Member accounts must be those of the indices, in the same order, and writable")]
    WrongMemberAccount,

    // --- settings ---
    #[msg("A run id is 1 to 32 of the characters a-z, A-Z, 0-9, '-', '_' and '.'")]
    InvalidRunId,
    #[msg("The run account must be created from the authority's key with the run id as its seed")]
    WrongRunAddress,
    #[msg("The run account's size is not this program's: create it with the size of Run")]
    WrongRunSize,
    #[msg("A client version is 1 to 32 bytes of printable ASCII")]
    InvalidClientVersion,
    #[msg("The manifest must be 1 to 4096 bytes: write within them")]
    InvalidManifestRange,
    #[msg("The manifest's sha256 is another one: write all parts again, then seal")]
    WrongManifestHash,
    #[msg("The manifest is not sealed: write it and send seal_manifest first")]
    ManifestNotSealed,
    #[msg("slot_ms must be 10 to 10000")]
    InvalidSlotMs,
    #[msg("Times must be 1 second to 30 days (epoch_time: to 366 days; the extra time may be 0)")]
    InvalidTime,
    #[msg("Needed: 1 <= min_clients <= init_min_clients <= 256")]
    InvalidMinClients,
    #[msg("witness_nodes must be 0 (all) to 32")]
    InvalidWitnessNodes,
    #[msg("total_steps must be at least 1, and more than the steps already done")]
    InvalidTotalSteps,
    #[msg("Global batch sizes must be 1 to 1048576 sequences")]
    InvalidBatchSize,
    #[msg("sequence_length must be 1 to 1048576 tokens, and the run's tokens must fit 64 bits")]
    InvalidSequenceLength,
    #[msg("total_steps * points_per_step must fit 64 bits: lower points_per_step")]
    InvalidPoints,
    #[msg("witness_permille must be 0 to 1000")]
    InvalidWitnessPermille,
    #[msg("join_deposit must be at most 1000 SOL")]
    InvalidDeposit,
    #[msg("verification_percent must be 0: this version has no verifiers")]
    InvalidVerification,
    #[msg("The rate's denominator must not be 0, and the run's points at this rate must fit 63 bits")]
    InvalidRate,

    // --- ending ---
    #[msg("A run can be finished before it starts or after 30 days of pause: pause it first")]
    NotFinishable,
    #[msg("Member accounts are still open: they must be closed with close_member first")]
    MembersRemain,

    // --- should never be seen ---
    #[msg("Arithmetic out of range: please report this with the transaction's signature")]
    Arithmetic,
    #[msg("The run would break its own rules: please report this with the transaction's signature")]
    BrokenInvariant,
}

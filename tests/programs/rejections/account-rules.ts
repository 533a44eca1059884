import { KINDS, type Kind } from './substitutions.js';

/** A substitution that is right to be accepted, and why. */
export interface Accepted {
  accepted: string;
}

/** For each kind of substitution the errors it may be refused with, or why it is not refused. */
export type AccountRule = Readonly<Record<Kind, readonly string[] | Accepted>>;
type Change = Partial<Record<Kind, string | readonly string[] | Accepted>>;

const accepted = (why: string): Accepted => ({ accepted: why });

function rule(every: readonly string[], change: Change): AccountRule {
  const all = KINDS.map((kind) => {
    const wanted = change[kind] ?? every;
    return [kind, typeof wanted === 'string' ? [wanted] : wanted] as const;
  });
  return Object.fromEntries(all) as AccountRule;
}

/** A key that signs: another one is refused with `error`. */
const signer = (error: string, change: Change = {}): AccountRule =>
  rule([error], { unsigned: 'AccountNotSigner', readonly: 'ConstraintMut', ...change });

/** An account that Anchor checks for owner and type; another one of its kind is refused with `error`. */
const account = (error: string, change: Change = {}): AccountRule =>
  rule([error], {
    readonly: 'ConstraintMut',
    forged: 'AccountOwnedByWrongProgram',
    // Anchor's loader of zero-copy accounts looks at the owner first.
    missing: ['AccountNotInitialized', 'AccountOwnedByWrongProgram'],
    type: 'AccountDiscriminatorMismatch',
    duplicate: ['AccountOwnedByWrongProgram', 'AccountDiscriminatorMismatch'],
    ...change,
  });

/** A token account or mint. */
const token = (error: string, change: Change = {}): AccountRule =>
  account(error, {
    type: 'InvalidAccountData',
    duplicate: ['AccountOwnedByWrongProgram', 'InvalidAccountData', 'ConstraintDuplicateMutableAccount'],
    ...change,
  });

/** An account that has one possible address, whatever is there. */
const derived = (change: Change = {}): AccountRule => rule(['ConstraintSeeds'], { readonly: 'ConstraintMut', ...change });

const program = rule(['InvalidProgramId'], {});
const tokenProgram = rule(['InvalidProgramId'], { sibling: 'WrongTokenProgram' });
/** What a CPI says where it was not given the right to write. */
const PRIVILEGE = 'PrivilegeEscalation';
/** What the associated-token program's CPI says where the vault is not at the address that it derives. */
const NOT_DERIVED = 'MissingAccount';
/** Who pays rent is noticed first by the system program. */
const PAYER: Change = { readonly: PRIVILEGE, missing: 'NoFunds', duplicate: ['InvalidArgument', 'NoFunds', PRIVILEGE] };
const ITSELF = accepted('every member says this for itself');
const ANY_RUN = accepted('anyone may send it, for any run');

/** Tried without signatures, since no key signs for these accounts: that they could be there twice is no harm. */
const NO_SIGNERS = ['ok', 'UnbalancedInstruction', 'ConstraintMut'];

const authorityAndRun = { authority: signer('NotAuthority'), run: account('NotAuthority') };
const withManifest = { ...authorityAndRun, manifest: account('ConstraintHasOne') };
const memberAndRun = { node: signer('NotMember'), run: account('NotMember') };
const openRun = { run: account('', { twin: ANY_RUN }) };
const settled = account('WrongMemberAccount', {
  readonly: 'WrongMemberAccount',
  type: ['AccountDiscriminatorMismatch', 'AccountBorrowFailed'],
  duplicate: ['WrongMemberAccount', 'AccountBorrowFailed'],
});

/** What each account of each instruction may be confused with, and what comes of it. */
export const ACCOUNT_RULES: Readonly<Record<string, Readonly<Record<string, AccountRule>>>> = {
  'coordinator.create_run': {
    authority: signer('WrongRunAddress', PAYER),
    run: derived({ forged: ['ConstraintSeeds', 'AccountOwnedByWrongProgram'] }),
    instance: derived({ readonly: PRIVILEGE }),
    manifest: derived({ readonly: PRIVILEGE }),
    system_program: program,
  },
  'coordinator.write_manifest': withManifest,
  'coordinator.seal_manifest': withManifest,
  'coordinator.update_config': authorityAndRun,
  'coordinator.update_client_version': authorityAndRun,
  'coordinator.set_exchange_rate': { treasury: signer('NotTreasury'), run: account('NotTreasury') },
  'coordinator.resume': { signer: signer('ResumeThroughTreasury'), run: account('ResumeThroughTreasury') },
  'coordinator.pause': authorityAndRun,
  'coordinator.finish': authorityAndRun,
  'coordinator.close_run': {
    ...authorityAndRun,
    instance: account('ConstraintHasOne'),
    manifest: account('ConstraintHasOne'),
  },
  'coordinator.set_join_authority': authorityAndRun,
  'coordinator.join_run': {
    node: signer('ConstraintSeeds', { readonly: PRIVILEGE }),
    run: account('ConstraintSeeds'),
    member: derived({ readonly: PRIVILEGE }),
    // None is given where anyone may join; what is given is read.
    authorization: account('AccountNotInitialized', { duplicate: ['AccountOwnedByWrongProgram', 'AccountNotInitialized'] }),
    system_program: program,
  },
  'coordinator.leave_run': {
    node: signer('ConstraintHasOne'),
    run: account('ConstraintHasOne'),
    member: account('ConstraintHasOne', { twin: ['AccountNotInitialized', 'ConstraintHasOne'] }),
  },
  'coordinator.close_member': {
    node: signer('ConstraintHasOne', { unsigned: 'NodeMustSign' }),
    payout: rule(['ConstraintHasOne'], { unsigned: 'PayoutMustSign' }),
    run: account('ConstraintHasOne'),
    member: account('ConstraintHasOne'),
  },
  'coordinator.convict': {
    // Anyone may bring the proof, but half a deposit alone doesn't keep an empty account alive.
    prover: signer('', { missing: '{"InsufficientFundsForRent":{"account_index":1}}', duplicate: NO_SIGNERS }),
    run: account('WrongMemberAccount'),
    member: account('WrongMemberAccount'),
    treasury: rule(['WrongTreasury'], { readonly: 'ConstraintMut', duplicate: ['WrongTreasury', 'ConstraintMut'] }),
    instructions: rule(['InvalidProof'], {}),
  },
  'coordinator.tick': openRun,
  'coordinator.pin_seed': { ...openRun, slot_hashes: rule(['NotSlotHashes'], {}) },
  'coordinator.health_check': openRun,
  'coordinator.settle': { run: account('WrongMemberAccount'), members: settled },
  'coordinator.warmup_witness': { ...memberAndRun, node: signer('NotMember', { sibling: ITSELF }) },
  'coordinator.witness': { ...memberAndRun, run: account('NotMember', { twin: ['NotMember', 'SeedNotPinned'] }) },
  'coordinator.cooldown_witness': { ...memberAndRun, node: signer('NotMember', { sibling: ITSELF }) },
  'coordinator.checkpoint': { node: signer('NotCheckpointer', { sibling: ITSELF }), run: account('NotCheckpointer') },

  'treasurer.create_treasury': {
    authority: signer('NotAuthority', PAYER),
    run: account('ConstraintSeeds'),
    treasury: derived({ readonly: PRIVILEGE }),
    mint: token(NOT_DERIVED, { duplicate: ['AccountOwnedByWrongProgram', 'AccountNotInitialized'] }),
    vault: token(NOT_DERIVED, {
      readonly: PRIVILEGE, missing: NOT_DERIVED, duplicate: ['AccountOwnedByWrongProgram', 'InvalidAccountData', NOT_DERIVED],
    }),
    token_program: rule(['InvalidProgramId'], { sibling: NOT_DERIVED }),
    associated_token_program: program,
    coordinator_program: program,
    system_program: program,
  },
  'treasurer.fund': {
    // The token program says that the signer is not the tokens' owner.
    funder: signer('Custom 4'),
    treasury: account('WrongMint'),
    mint: token('WrongMint'),
    from: token('WrongMint'),
    vault: token('WrongVault'),
    token_program: tokenProgram,
  },
  'treasurer.set_exchange_rate': {
    authority: signer('NotAuthority'),
    run: account('ConstraintSeeds'),
    treasury: account('ConstraintSeeds'),
    vault: token('WrongVault'),
    coordinator_program: program,
  },
  'treasurer.resume_run': {
    authority: signer('NotAuthority'),
    run: account('ConstraintSeeds'),
    treasury: account('ConstraintSeeds'),
    vault: token('WrongVault'),
    coordinator_program: program,
  },
  'treasurer.claim': {
    payout: signer('NotPayout', { duplicate: ['NotPayout', 'ConstraintMut'] }),
    run: rule(['WrongRun'], {}),
    // Its claim record is another one.
    member: account('ConstraintSeeds'),
    treasury: account('ConstraintSeeds'),
    claim_record: derived(),
    mint: token('WrongMint'),
    vault: token('WrongVault'),
    payout_token: token('WrongMint', { sibling: 'NotOwnTokenAccount' }),
    token_program: tokenProgram,
    system_program: program,
  },
  'treasurer.withdraw': {
    authority: signer('NotAuthority'),
    run: derived(),
    treasury: account('ConstraintSeeds'),
    mint: token('WrongMint'),
    vault: token('WrongVault'),
    to: token('WrongMint', { sibling: 'NotOwnTokenAccount' }),
    token_program: tokenProgram,
  },
  'treasurer.close_treasury': {
    authority: signer('NotAuthority'),
    run: derived(),
    // What is left of the run is nothing.
    treasury: account('ConstraintSeeds', { duplicate: ['AccountOwnedByWrongProgram', 'AccountNotInitialized'] }),
    vault: token('WrongVault', { duplicate: ['AccountOwnedByWrongProgram', 'AccountNotInitialized'] }),
    token_program: tokenProgram,
  },
  'treasurer.close_claim_record': {
    payout: signer('NotPayout'),
    run: derived(),
    member: derived(),
    treasury: derived(),
    claim_record: account('ConstraintSeeds', {
      duplicate: ['AccountOwnedByWrongProgram', 'AccountDiscriminatorMismatch', 'AccountNotInitialized'],
    }),
  },

  'authorizer.create_authorization': {
    grantor: signer('ConstraintSeeds', { readonly: PRIVILEGE }),
    authorization: derived({ readonly: PRIVILEGE }),
    system_program: program,
  },
  'authorizer.set_active': { grantor: signer('NotGrantor'), authorization: account('AccountNotInitialized') },
  'authorizer.set_delegates': {
    grantee: signer('NotGrantee', { missing: 'NoFunds', duplicate: ['InvalidArgument', 'ConstraintMut'] }),
    authorization: account('AccountNotInitialized', { readonly: PRIVILEGE }),
    system_program: program,
  },
  'authorizer.close_authorization': {
    grantor: signer('NotGrantor'),
    grantee: rule(['NotGrantee'], { readonly: 'ConstraintMut' }),
    authorization: account('AccountNotInitialized'),
  },
};

/** An account as the chain stores it. `rentEpoch` is not kept: every account is rent exempt, so it is always u64::MAX. */
export interface AccountState {
  readonly lamports: bigint;
  /** Base58 address of the owning program. */
  readonly owner: string;
  readonly data: Buffer;
  readonly executable: boolean;
}

/** One account before and after something wrote it; `null` where it did not exist or ceased to. */
export interface AccountChange {
  readonly address: string;
  readonly before: AccountState | null;
  readonly after: AccountState | null;
}

/** Whether two states are the same to the last byte. */
export function sameAccount(a: AccountState | null, b: AccountState | null): boolean {
  if (a === null || b === null) return a === b;
  return a.lamports === b.lamports && a.owner === b.owner && a.executable === b.executable && a.data.equals(b.data);
}

//! An authorization, and whom it permits what.

use anchor_lang::prelude::*;

/// Version byte of every account.
pub const ACCOUNT_VERSION: u8 = 1;

#[constant]
pub const AUTHORIZATION_SEED: &[u8] = b"authorization";
/// Scope of joining every run whose join authority is the grantor. For a single run the scope is its address.
#[constant]
pub const JOIN_SCOPE: &[u8] = b"psyche-join";
/// Bytes of a scope.
#[constant]
pub const SCOPE_MAX: u8 = 32;
/// Keys that may use an authorization in the grantee's stead.
#[constant]
pub const MAX_DELEGATES: u8 = 16;

/// PDA `["authorization", grantor, grantee, scope]`. The keys come first, so that accounts can be filtered by them.
#[account]
#[derive(Debug)]
pub struct Authorization {
    pub version: u8,
    pub bump: u8,
    /// Who authorizes.
    pub grantor: Pubkey,
    /// Who is authorized.
    pub grantee: Pubkey,
    /// Not suspended by the grantor.
    pub active: bool,
    /// What for, 1 to 32 bytes.
    pub scope: Vec<u8>,
    /// Keys that the grantee lets use it, such as those of its machines; at most 16.
    pub delegates: Vec<Pubkey>,
}

impl Authorization {
    /// Bytes of the account.
    pub const fn space(scope: usize, delegates: usize) -> usize {
        8 + 1 + 1 + 32 + 32 + 1 + (4 + scope) + (4 + 32 * delegates)
    }

    /// Whether `key` may do what `scope` names in the grantor's name.
    pub fn permits(&self, grantor: &Pubkey, key: &Pubkey, scope: &[u8]) -> bool {
        let one_of_them = self.grantee == *key || self.delegates.contains(key);
        self.active && self.grantor == *grantor && self.scope == scope && one_of_them
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> Pubkey {
        Pubkey::new_from_array([byte; 32])
    }

    fn authorization() -> Authorization {
        Authorization {
            version: ACCOUNT_VERSION,
            bump: 255,
            grantor: key(1),
            grantee: key(2),
            active: true,
            scope: JOIN_SCOPE.to_vec(),
            delegates: vec![key(3), key(4)],
        }
    }

    #[test]
    fn permits_grantee_and_delegates_only_what_the_grantor_granted() {
        let granted = authorization();
        for allowed in [2, 3, 4] {
            assert!(granted.permits(&key(1), &key(allowed), JOIN_SCOPE));
        }
        for stranger in [1, 5] {
            assert!(!granted.permits(&key(1), &key(stranger), JOIN_SCOPE));
        }
        assert!(!granted.permits(&key(2), &key(2), JOIN_SCOPE), "another grantor");
        for scope in [&b"psyche-joi"[..], b"psyche-join\0", b"", &[7; 32]] {
            assert!(!granted.permits(&key(1), &key(2), scope), "another scope");
        }
        let suspended = Authorization { active: false, ..granted };
        assert!(!suspended.permits(&key(1), &key(2), JOIN_SCOPE));
        assert!(!suspended.permits(&key(1), &key(3), JOIN_SCOPE));
    }

    #[test]
    fn the_space_is_what_is_stored() {
        let mut stored = Vec::new();
        authorization().try_serialize(&mut stored).unwrap();
        assert_eq!(stored.len(), Authorization::space(JOIN_SCOPE.len(), 2));
    }
}

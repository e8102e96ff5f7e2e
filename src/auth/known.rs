//! The tokens whose signature was found to be right. Clients send the same one with every request; its times are still looked at
//! each time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Claims;

/// Tokens that are remembered; beyond it all are forgotten, and verified again.
const TOKENS: usize = 50_000;
/// A longer token is not remembered.
const BYTES: usize = 1024;

#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<Box<str>, Claims, foldhash::quality::RandomState>>);

impl Known {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Box<str>, Claims, foldhash::quality::RandomState>> {
        // A panic while the lock was held left the map itself whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn get(&self, token: &str) -> Option<Claims> {
        self.lock().get(token).cloned()
    }

    /// Remembers the claims of a token that was verified, and returns them.
    pub fn remember(&self, token: &str, claims: Claims) -> Claims {
        if token.len() <= BYTES {
            let mut known = self.lock();
            if known.len() >= TOKENS {
                known.clear();
            }
            known.insert(token.into(), claims.clone());
        }
        claims
    }
}

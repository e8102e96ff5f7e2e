//! [`Memo`]: what was made of a value once, kept beside it.

use std::sync::OnceLock;

/// A result that belongs to one value. A copy of the value, which may be changed, begins without it; values that differ in
/// nothing else are equal.
pub struct Memo<T>(OnceLock<T>);

impl<T> Memo<T> {
    pub fn get(&self) -> Option<&T> {
        self.0.get()
    }

    pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        self.0.get_or_init(make)
    }
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Memo(OnceLock::new())
    }
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        Memo::default()
    }
}

impl<T> PartialEq for Memo<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> std::fmt::Debug for Memo<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.get().is_some() { "Memo(..)" } else { "Memo()" })
    }
}

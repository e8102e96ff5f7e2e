//! Maps for what is looked up once per delivery: a hash faster than the standard one, seeded at random per process all the same.

use foldhash::quality::RandomState;

pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;
pub(crate) type HashSet<K> = std::collections::HashSet<K, RandomState>;

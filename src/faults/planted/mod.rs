//! The checker is tested itself: a chat without a fault passes, and every fault that is planted into one is found.

mod corruptions;
mod entries;
mod histories;
mod stage;

use proptest::prelude::*;

use self::corruptions::CORRUPTIONS;
use self::stage::{Stage, Throw};
use crate::checker::check;

fn throws() -> impl Strategy<Value = Vec<Throw>> {
    prop::collection::vec(any::<Throw>(), 40..160)
}

/// A chat in which everything happens at least once.
fn rich() -> Vec<Throw> {
    (0..240u16).map(|n| ((n % 20) as u8, (n / 3 % 6) as u8, (n % 35) as u8)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_chat_without_a_fault_passes(throws in throws()) {
        let violations = check(&Stage::play(&throws));
        prop_assert!(violations.is_empty(), "{violations:#?}");
    }

    /// Planted anywhere in any chat that has a place for it, the corruption is found and called by its name.
    #[test]
    fn a_planted_fault_is_found(throws in throws(), which in 0..CORRUPTIONS.len(), place in any::<usize>()) {
        let (name, rule, plant) = CORRUPTIONS[which];
        let mut ledger = Stage::play(&throws);
        if plant(&mut ledger, place).is_some() {
            let violations = check(&ledger);
            prop_assert!(violations.iter().any(|violation| violation.rule == rule), "{name}: {violations:#?}");
        }
    }
}

#[test]
fn each_planted_fault_has_a_place_and_is_found() {
    let clean = Stage::play(&rich());
    assert!(check(&clean).is_empty(), "{:#?}", check(&clean));
    assert!(CORRUPTIONS.len() >= 20);
    for (name, rule, plant) in CORRUPTIONS {
        for place in 0..8 {
            let mut ledger = clean.clone();
            plant(&mut ledger, place).unwrap_or_else(|| panic!("{name} found no place"));
            assert_ne!(ledger, clean, "{name} changed nothing");
            let violations = check(&ledger);
            assert!(violations.iter().any(|violation| violation.rule == rule), "{name}: {violations:#?}");
        }
    }
}

//! Slots, and who says that he holds them: `CLUSTER NODES`, read.

use super::Address;

/// Slots of a cluster.
const SLOTS: usize = 16384;

/// One line of `CLUSTER NODES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Member {
    pub address: Address,
    pub master: bool,
    /// Somebody, or everybody, thinks that it is away.
    pub failing: bool,
    /// The master that it copies.
    pub copies: Option<String>,
    pub id: String,
    /// Its claim's age: the higher, the younger.
    pub epoch: u64,
    pub slots: Vec<(u16, u16)>,
    /// Whether a slot is on its way to or from it.
    pub moving: bool,
}

impl Member {
    /// `asked` is the host under which the teller was reached; `by_name` prefers names to addresses (certificates do).
    pub fn read(line: &str, asked: &str, by_name: bool) -> Option<Member> {
        let mut words = line.split_ascii_whitespace();
        let (id, place, flags, master) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let epoch = words.nth(2)?.parse().ok()?;
        let (place, name) = place.split_once(',').unwrap_or((place, ""));
        let (host, port) = place.split('@').next()?.rsplit_once(':')?;
        let name = name.split(',').next().filter(|name| by_name && !name.is_empty());
        let host = name.unwrap_or(if host.is_empty() { asked } else { host });
        let flags: Vec<&str> = flags.split(',').collect();
        let held: Vec<&str> = words.skip(1).collect();
        let range = |word: &&str| {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            Some((first.parse().ok()?, last.parse().ok()?))
        };
        Some(Member {
            address: (host.to_owned(), port.parse().ok()?),
            master: flags.contains(&"master"),
            failing: flags.iter().any(|flag| flag.starts_with("fail") || *flag == "noaddr"),
            copies: Some(master).filter(|master| *master != "-").map(str::to_owned),
            id: id.to_owned(),
            epoch,
            slots: held.iter().filter(|word| !word.starts_with('[')).filter_map(range).collect(),
            moving: held.iter().any(|word| word.starts_with('[')),
        })
    }
}

/// The owner of each slot: of all that claim it, the one with the youngest claim.
pub(super) fn owners(views: &[Vec<Member>]) -> Vec<Option<Address>> {
    let mut owners: Vec<Option<(u64, &Member)>> = vec![None; SLOTS];
    for member in views.iter().flatten().filter(|member| member.master) {
        for &(first, last) in &member.slots {
            for owner in owners.iter_mut().take(usize::from(last) + 1).skip(usize::from(first)) {
                if owner.is_none_or(|(epoch, _)| epoch < member.epoch) {
                    *owner = Some((member.epoch, member));
                }
            }
        }
    }
    owners.into_iter().map(|owner| owner.map(|(_, member)| member.address.clone())).collect()
}

/// How many slots nobody holds who is there.
pub(in crate::store) fn uncovered(members: &[Member]) -> usize {
    let there: Vec<Member> = members.iter().filter(|member| !member.failing).cloned().collect();
    owners(&[there]).iter().filter(|owner| owner.is_none()).count()
}

/// The slot of a key: CRC16 (XMODEM) of its hash tag.
pub(in crate::store) fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|&byte| byte == b'{').and_then(|open| {
        let length = key[open + 1..].iter().position(|&byte| byte == b'}')?;
        (length > 0).then(|| &key[open + 1..=open + length])
    });
    let crc = tag.unwrap_or(key).iter().fold(0_u16, |crc, byte| {
        (0..8)
            .fold(crc ^ (u16::from(*byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    });
    crc % SLOTS as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "aaaa 127.0.0.1:7001@17001 master,fail - 1426238316232 0 3 connected 0-5460 [5461->-bbbb]";
    const NEW: &str = "bbbb 10.0.0.2:7002@17002,two.example.org,shard-id=x myself,master - 0 0 7 connected 0-5460 9000";

    #[test]
    fn a_key_goes_by_its_tag() {
        assert_eq!(slot(b"123456789"), 12739);
        assert_eq!(slot(b"weir:{7}:log"), slot(b"7"));
        assert_eq!(slot(b"foo{}{bar}"), slot(b"foo{}{bar}"));
        assert_ne!(slot(b"foo{}{bar}"), slot(b"bar"));
    }

    #[test]
    fn the_younger_claim_counts_in_whichever_order_it_is_heard() {
        let [old, new] = [OLD, NEW].map(|line| vec![Member::read(line, "seed", false).expect("a member")]);
        assert!(old[0].failing && old[0].moving && !new[0].failing && !new[0].moving);
        for views in [[old.clone(), new.clone()], [new, old]] {
            let owners = owners(&views);
            assert_eq!(owners[5460], Some(("10.0.0.2".to_owned(), 7002)));
            assert_eq!(owners[9000], Some(("10.0.0.2".to_owned(), 7002)));
            assert_eq!(owners[9001], None);
        }
    }

    #[test]
    fn a_member_is_reached_by_its_name_where_certificates_ask_for_it() {
        assert_eq!(Member::read(NEW, "seed", true).expect("a member").address.0, "two.example.org");
        let nameless = "cccc :7003@17003 myself,slave bbbb 0 0 7 connected";
        let member = Member::read(nameless, "seed", true).expect("a member");
        assert_eq!((member.address.0.as_str(), member.copies.as_deref(), member.master), ("seed", Some("bbbb"), false));
    }
}

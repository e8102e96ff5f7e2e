//! Which addresses may be fetched.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Refuses what is not public. As a resolver it hands out public addresses only, so that the one which is connected to is one
/// that was looked at.
#[derive(Clone)]
pub(crate) struct Guard {
    private_hosts: Arc<[String]>,
}

impl Guard {
    pub fn new(private_hosts: &[String]) -> Guard {
        Guard { private_hosts: private_hosts.iter().map(|host| host.to_lowercase()).collect() }
    }

    /// Whether the operator named the host.
    pub fn is_named(&self, host: &str) -> bool {
        self.private_hosts.iter().any(|named| named == host)
    }

    /// Whether this address may be asked at all; names are judged when they are resolved.
    pub fn check(&self, url: &Url) -> Result<(), &'static str> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("only http and https pages have previews");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address with a password has no preview");
        }
        let host = url.host_str().ok_or("the address names no host")?;
        match host.trim_matches(['[', ']']).parse().ok() {
            Some(ip) if !is_public(ip) && !self.is_named(&ip.to_string()) => Err("the address is not public"),
            _ => Ok(()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let host = name.as_str().trim_end_matches('.').to_lowercase();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let named = guard.is_named(&host);
            let usable: Vec<SocketAddr> = found.into_iter().filter(|found| named || is_public(found.ip())).collect();
            if usable.is_empty() {
                return Err("the name has no public address".into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}

/// Whether everybody in the internet means the same by this address (the registries of special-purpose addresses, RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let inside = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    match parts {
        // Translated (RFC 6052) and tunnelled (RFC 3056): what is inside counts.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inside(high, low),
        [0x2002, high, low, ..] => inside(high, low),
        // Teredo, documentation, benchmarks, and others that no page has.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // Only 2000::/3 is given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses() {
        let public =
            ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"];
        let others = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.9",
            "192.88.99.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::1",
            "2001::1",
            "2001:db8::1",
            "::127.0.0.1",
            "3fff::1",
        ];
        for ip in public {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in others {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn what_may_be_asked() {
        let guard = Guard::new(&["127.0.0.1".to_owned()]);
        let asks = |address: &str| guard.check(&Url::parse(address).unwrap()).is_ok();
        assert!(asks("https://example.org/") && asks("http://8.8.8.8:8080/x") && asks("http://127.0.0.1:99/"));
        // The many spellings of an address are one to the URL parser.
        for address in [
            "ftp://example.org/",
            "file:///etc/passwd",
            "gopher://example.org",
            "http://127.0.0.2/",
            "http://2130706434/",
            "http://0x7f.2/",
            "http://[::1]/",
            "http://user:secret@example.org/",
            "http://user@example.org/",
        ] {
            assert!(!asks(address), "{address}");
        }
    }
}

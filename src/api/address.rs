//! Where a request comes from. What a proxy says of it counts only from a neighbour: from elsewhere anybody could say it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

/// The client's address, or that of the proxy before it. An IPv6 client has a whole /64 of addresses.
pub(super) fn of(parts: &Parts) -> Option<String> {
    let (peer, named) = named(parts)?;
    Some(written(named.unwrap_or(peer)))
}

/// The address where it is surely the client's own: a neighbour who names nobody may be a proxy, and stand for everybody.
pub(super) fn of_client(parts: &Parts) -> Option<Arc<str>> {
    let (peer, named) = named(parts)?;
    let own = Some(peer).filter(|peer| !is_neighbour(*peer));
    named.or(own).map(|address| written(address).into())
}

/// [`of_client`] for handlers.
pub(crate) struct ClientAddress(pub Option<Arc<str>>);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(ClientAddress(of_client(parts)))
    }
}

/// Who is at the other end, and of whom he says that he speaks for them, if he may say so.
fn named(parts: &Parts) -> Option<(IpAddr, Option<IpAddr>)> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or("");
    Some(believed(peer.ip(), forwarded))
}

fn believed(peer: IpAddr, forwarded: &str) -> (IpAddr, Option<IpAddr>) {
    let peer = peer.to_canonical();
    let last = || forwarded.rsplit(',').next().and_then(|last| last.trim().parse::<IpAddr>().ok());
    (peer, if is_neighbour(peer) { last() } else { None })
}

fn is_neighbour(peer: IpAddr) -> bool {
    match peer {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

fn written(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(peer: Option<&str>, forwarded: &str) -> Parts {
        let (mut parts, ()) = axum::http::Request::builder()
            .header("x-forwarded-for", forwarded)
            .body(())
            .expect("a request")
            .into_parts();
        if let Some(peer) = peer {
            parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().expect("an address"), 7)));
        }
        parts
    }

    #[test]
    fn addresses() {
        let rows = [
            ("203.0.113.9", "", Some("203.0.113.9"), Some("203.0.113.9")),
            ("203.0.113.9", "198.51.100.1", Some("203.0.113.9"), Some("203.0.113.9")),
            ("127.0.0.1", "8.8.8.8, 198.51.100.1", Some("198.51.100.1"), Some("198.51.100.1")),
            ("10.0.0.2", "10.0.0.77", Some("10.0.0.77"), Some("10.0.0.77")),
            ("10.0.0.2", "junk", Some("10.0.0.2"), None),
            ("::1", "", Some("0:0:0:0::"), None),
            ("::ffff:203.0.113.9", "", Some("203.0.113.9"), Some("203.0.113.9")),
            ("2001:db8:1:2:3:4:5:6", "", Some("2001:db8:1:2::"), Some("2001:db8:1:2::")),
        ];
        for (peer, forwarded, any, own) in rows {
            let parts = parts(Some(peer), forwarded);
            assert_eq!((of(&parts).as_deref(), of_client(&parts).as_deref()), (any, own), "{peer}, {forwarded}");
        }
        assert_eq!(of(&parts(None, "198.51.100.1")), None);
    }
}

//! How long to wait before something is tried again that must go on for ever.

use std::time::{Duration, Instant};

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(1);

/// The first try comes at once, each later one after twice the pause of the one before, up to a second. A try that lasted
/// longer than that went well for a while: the pauses begin anew.
pub(crate) struct Backoff {
    pause: Duration,
    tried: Instant,
}

impl Backoff {
    pub fn new() -> Backoff {
        Backoff { pause: Duration::ZERO, tried: Instant::now() }
    }

    /// Waits until it is time for the next try.
    pub async fn wait(&mut self) {
        let pause = self.next(self.tried.elapsed());
        tokio::time::sleep(pause).await;
        self.tried = Instant::now();
    }

    /// The pause after a try that lasted so long.
    fn next(&mut self, lasted: Duration) -> Duration {
        let pause = if lasted > LONGEST { Duration::ZERO } else { self.pause };
        self.pause = (pause * 2).clamp(SHORTEST, LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_a_try_goes_well() {
        let mut backoff = Backoff::new();
        for expected in [0, 50, 100, 200, 400, 800, 1000, 1000] {
            assert_eq!(backoff.next(Duration::ZERO).as_millis(), expected);
        }
        assert_eq!(backoff.next(LONGEST * 2), Duration::ZERO);
        assert_eq!(backoff.next(Duration::ZERO), SHORTEST);
    }
}

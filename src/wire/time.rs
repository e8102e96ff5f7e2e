//! [`Time`]: one moment, in microseconds, as Stream's v1 face writes it.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::stamp;

/// Microseconds since 1970, UTC.
///
/// Written as RFC 3339 with exactly six digits and `Z`, so that a value read back is printed the same way each time
/// (`rest.md` 6.1). Read from any RFC 3339 offset and, as Python sends it, without a zone (UTC).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Stands for the moment of the commit, which only Redis' clock knows: see [`stamp`].
    pub const STAMP: Time = Time(i64::MIN);
    /// Go's zero time, `0001-01-01T00:00:00Z`: Stream's "never".
    pub const ZERO: Time = Time(-62_135_596_800_000_000);
    /// Length of a written time, in bytes.
    pub const TEXT_LEN: usize = 27;

    /// This machine's clock: for a command without a server. What orders is Redis' clock.
    pub fn local() -> Time {
        Time(Timestamp::now().as_microsecond())
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    pub fn plus_millis(self, millis: i64) -> Time {
        Time(self.0.saturating_add(millis.saturating_mul(1000)))
    }

    pub fn plus_seconds(self, seconds: i64) -> Time {
        self.plus_millis(seconds.saturating_mul(1000))
    }

    /// How long after `earlier` this is; nothing when it is not.
    pub fn since(self, earlier: Time) -> std::time::Duration {
        std::time::Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339, or ISO 8601 without a zone, which means UTC.
    pub fn parse(text: &str) -> Option<Time> {
        let timestamp =
            text.parse::<Timestamp>().or_else(|_| TimeZone::UTC.to_timestamp(text.parse::<DateTime>()?)).ok()?;
        // Years that do not fit four digits cannot be written again.
        Some(Time(timestamp.as_microsecond())).filter(|time| (Time::ZERO.0..LATEST).contains(&time.0))
    }

    /// The text, as ASCII bytes of fixed length.
    pub fn text(self) -> [u8; Time::TEXT_LEN] {
        let mut out = *b"0000-00-00T00:00:00.000000Z";
        let micros = self.0.rem_euclid(1_000_000);
        let seconds = self.0.div_euclid(1_000_000);
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        digits(&mut out[0..4], year);
        digits(&mut out[5..7], month);
        digits(&mut out[8..10], day);
        digits(&mut out[11..13], of_day / 3600);
        digits(&mut out[14..16], of_day / 60 % 60);
        digits(&mut out[17..19], of_day % 60);
        digits(&mut out[20..26], micros);
        out
    }
}

/// The first moment of the year 10000.
const LATEST: i64 = 253_402_300_800_000_000;

fn digits(out: &mut [u8], mut value: i64) {
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
}

/// Days since 1970 to year, month, day in the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Time::STAMP {
            return serializer.serialize_str(stamp::placeholder());
        }
        serializer.serialize_str(std::str::from_utf8(&self.text()).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;
        impl Visitor<'_> for TimeVisitor {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an RFC 3339 time such as 2031-04-05T06:07:08Z")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                Time::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(TimeVisitor)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .into()
    }
}

impl ToSchema for Time {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_six_digits_whatever_the_value() {
        assert_eq!(Time(1_764_000_000_100_000).to_string(), "2025-11-24T16:00:00.100000Z");
        assert_eq!(Time(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(Time::ZERO.to_string(), "0001-01-01T00:00:00.000000Z");
        assert_eq!(Time(951_782_400_000_001).to_string(), "2000-02-29T00:00:00.000001Z");
    }

    #[test]
    fn reads_offsets_fractions_and_zoneless_text() {
        let expected = Some(Time(1_764_000_000_500_000));
        for text in ["2025-11-24T16:00:00.5Z", "2025-11-24T17:00:00.500+01:00", "2025-11-24T16:00:00.500000"] {
            assert_eq!(Time::parse(text), expected, "{text}");
        }
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        for micros in [0, 1, -1, 1_764_000_000_123_456, Time::ZERO.0] {
            assert_eq!(Time::parse(&Time(micros).to_string()), Some(Time(micros)));
        }
    }
}

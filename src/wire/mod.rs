//! The words that go over the wire: names, spelling and nesting are Stream's. Serde and schema, no behaviour.

pub mod accounts;
pub mod channels;
mod custom;
pub mod events;
pub mod lenient;
pub mod messages;
pub mod moderation;
pub mod settings;
pub mod stamp;
mod time;
pub mod uploads;
pub mod users;

pub use custom::Custom;
pub use time::Time;

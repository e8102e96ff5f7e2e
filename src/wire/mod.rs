//! The words that go over the wire: names, spelling and nesting are Stream's. Serde and schema, no behaviour.

pub mod accounts;
pub mod channels;
mod custom;
pub mod devices;
pub mod drafts;
pub mod events;
pub mod lenient;
pub mod links;
pub mod locations;
mod memo;
pub mod messages;
pub mod moderation;
mod outgoing;
pub mod polls;
mod ready;
pub mod reminders;
pub mod roles;
pub mod settings;
pub mod stamp;
mod time;
pub mod uploads;
pub mod user_groups;
pub mod users;
mod written;

pub use custom::Custom;
pub use memo::Memo;
pub use outgoing::outgoing;
pub use ready::{Ready, Slot, WrittenMessage};
pub use time::Time;
pub use written::Written;

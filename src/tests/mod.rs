//! The house tests: a real router and a real Redis, the walls, the document.

mod doctor;
mod durability;
mod frames;
mod harness;
mod openapi;
mod push;
mod redis;
mod strangers;
mod tidy;
mod tokens;

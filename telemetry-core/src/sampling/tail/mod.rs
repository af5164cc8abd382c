//! What the head left out and the end shows to be worth keeping: [`Tail`].

mod config;
mod durations;
mod evidence;
mod fragment;
mod fragments;
mod rescued;

pub use config::Tail;
pub(crate) use fragments::{Fragments, Released};
pub(crate) use rescued::Rescued;

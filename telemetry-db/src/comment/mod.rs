//! Comments on queries, by which the tools of a database find the way back to
//! the application, as [sqlcommenter](https://google.github.io/sqlcommenter/spec/)
//! writes them.

mod comments;
mod encode;
mod known;
mod tags;

pub use comments::QueryComments;
pub use tags::{QueryTags, Tagged};

//! The bridge from `tracing` beside what others put into one registry with it: see the tests.

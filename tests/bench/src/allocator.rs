//! [`Allocator`]: where a program's memory comes from.

/// Where a program's memory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocator {
    /// The system's own.
    System,
    /// mimalloc.
    Mimalloc,
}

impl Allocator {
    /// The name of the program that has it.
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::System => "telemetry-bench",
            Self::Mimalloc => "telemetry-bench-mimalloc",
        }
    }

    /// What a case is called under it.
    pub(crate) fn label(self, case: &str) -> String {
        match self {
            Self::System => case.to_owned(),
            Self::Mimalloc => format!("{case}@mimalloc"),
        }
    }
}

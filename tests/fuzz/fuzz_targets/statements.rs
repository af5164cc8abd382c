//! Statements of any dialect.

#![no_main]

use libfuzzer_sys::fuzz_target;
use telemetry_db::{Dialect, Statement};

const SECRET: &str = "hunter2S3cr3t";

fuzz_target!(|text: &str| {
    if text.contains(SECRET) {
        return;
    }
    for dialect in [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql] {
        let statement = Statement::of(text, dialect);
        let again = Statement::of(text, dialect);
        assert_eq!(statement.fingerprint(), again.fingerprint());
        assert_eq!(statement.sanitized(), again.sanitized());
        // What is appended is a literal unless the text leaves a quote or a comment open, which turns it
        // inside out: then what is outside is not a text any more, and may only be a name.
        let open = text.contains(['\'', '"', '`', '$', '[', '#', '-', '/', '\\']);
        let long = format!("{text}\nWHERE password = '{SECRET}'");
        let long = Statement::of(&long, dialect);
        if !open {
            let shown = long.sanitized().unwrap_or_default();
            assert!(!shown.contains(SECRET), "{dialect:?}: {text:?} became {shown:?}");
            assert!(!long.summary().unwrap_or_default().contains(SECRET));
        }
    }
});

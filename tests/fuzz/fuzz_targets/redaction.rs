//! Messages of errors, with a secret among them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use telemetry_core::redact;

const SECRET: &str = "hunter2S3cr3t";
const PLANTED: [&str; 5] = [
    "password=hunter2S3cr3t",
    "\"api_key\": \"hunter2S3cr3t\"",
    "Authorization: Bearer hunter2S3cr3t",
    "postgres://app:hunter2S3cr3t@db/shop",
    "?sig=hunter2S3cr3t",
];

fuzz_target!(|input: (u8, &str, &str)| {
    let (number, before, after) = input;
    if before.contains(SECRET) || after.contains(SECRET) {
        return;
    }
    let planted = PLANTED[usize::from(number) % PLANTED.len()];
    // Between words of its own, else what comes before is another name.
    let text = format!("{before}\n{planted} {after}");
    let redacted = redact::text(&text, 4096).into_owned();
    assert!(redacted.len() <= 4096);
    assert!(!redacted.contains(SECRET), "{text:?} became {redacted:?}");
    // Who redacts again, further along, takes it to nowhere else.
    assert!(!redact::text(&redacted, 4096).contains(SECRET), "{text:?} became {redacted:?}");
});

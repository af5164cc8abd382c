//! A header that has a trace id and nothing else, such as `x-trace-id`.

use super::hex::{self, Line};
use super::{Extracted, HeaderGet, HeaderSet};
use crate::context::TraceId;

const MAX_BYTES: usize = 256;

pub(super) fn extract(name: &str, headers: &impl HeaderGet, found: &mut Extracted<'_>) {
    if found.trace_id.is_none() {
        found.trace_id = headers.header(name).and_then(parse);
    }
}

pub(super) fn inject(name: &str, trace_id: TraceId, headers: &mut impl HeaderSet) {
    headers.set_header(name, Line::new().hex(&trace_id.to_bytes()).as_str());
}

/// 32 or 16 hexadecimal digits and UUIDs are the trace id; of another text it is the hash.
fn parse(text: &str) -> Option<TraceId> {
    let text = text.trim_matches([' ', '\t']);
    let visible = text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
    if text.is_empty() || text.len() > MAX_BYTES || !visible {
        return None;
    }
    let digits = hex::trace_id(text, |length| length == 16 || length == 32);
    digits.or_else(|| uuid(text)).or_else(|| TraceId::from_bytes(hash(text).to_be_bytes()))
}

/// `8-4-4-4-12` digits.
fn uuid(text: &str) -> Option<TraceId> {
    let lengths = text.split('-').map(str::len);
    if !lengths.eq([8, 4, 4, 4, 12]) {
        return None;
    }
    hex::trace_id(&text.replace('-', ""), |length| length == 32)
}

/// FNV-1a of 128 bits (<https://datatracker.ietf.org/doc/html/rfc9923>), then mixed, since the lower
/// bits decide on sampling and FNV leaves those of similar texts alike. It is the same in all processes
/// and versions: two services that get the same text are in one trace.
fn hash(text: &str) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash =
        text.bytes().fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME));
    let high = mix((hash >> 64) as u64 ^ mix(hash as u64));
    let low = mix(hash as u64 ^ high);
    u128::from(high) << 64 | u128::from(low)
}

/// The finaliser of SplitMix64.
const fn mix(mut value: u64) -> u64 {
    value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

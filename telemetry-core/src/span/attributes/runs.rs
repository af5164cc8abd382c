//! Several attributes at once: what a place in the code knows, what layers set for each operation, and what
//! was encoded before.

use super::AttributeBuffer;
use crate::attribute::{ATTRIBUTE_FIELD, Attributes, Key, Value, put_short};
use crate::span::encoded_attributes::doubles;
use crate::span::{CallSite, EncodedAttributes};

impl AttributeBuffer {
    /// Sets several attributes at once, each key's to the value at the same place.
    #[inline]
    pub(crate) fn set_all(&mut self, keys: &[Key], values: &[Value<'_>]) {
        let done = self.set_run::<false>(keys, values);
        if done < keys.len().min(values.len()) {
            self.set_one_by_one(keys, values, done);
        }
    }

    /// Sets the first attributes of a span: those that the place in the code knows, and the values of
    /// its other keys.
    #[inline]
    pub(in crate::span) fn set_known(&mut self, site: &CallSite, values: &[Value<'_>]) {
        let keys = site.keys();
        if self.count > 0 && site.knows_none() {
            return self.set_all(keys, values);
        }
        let done = if self.append_known(site) { self.set_run::<true>(keys, values) } else { 0 };
        if done < keys.len().min(values.len()) {
            self.set_known_one_by_one(site, values);
        }
    }

    /// Takes over what the place in the code knows; false when it has to be set one by one.
    #[inline]
    fn append_known(&mut self, site: &CallSite) -> bool {
        if let Some(known) = site.encoded()
            && self.count == 0
            && known.count <= self.limits.quick()
            && let Some(room) = self.bytes.first_chunk_mut::<{ CallSite::ENCODED }>()
        {
            // In pieces of constant length, which take no call.
            let pieces = known.length.div_ceil(CallSite::PIECE);
            let (room, _) = room.as_chunks_mut::<{ CallSite::PIECE }>();
            let (bytes, _) = known.bytes.as_chunks::<{ CallSite::PIECE }>();
            for (place, piece) in room.iter_mut().zip(bytes).take(pieces) {
                *place = *piece;
            }
            (self.used, self.seen, self.count) = (known.length, known.seen, known.count);
            return true;
        }
        false
    }

    #[cold]
    #[inline(never)]
    fn set_known_one_by_one(&mut self, site: &CallSite, values: &[Value<'_>]) {
        for (place, (key, value)) in site.keys().iter().zip(values).enumerate() {
            let value = site.text(place).map_or(*value, Value::Str);
            self.put(key.print(), key, key.as_str(), &value);
        }
    }

    /// Sets them up to the first that is of no common kind or takes looking up, and gives how many
    /// that were. Where keys are known to be new, none is looked up, and what is empty is passed over.
    fn set_run<const ARE_NEW: bool>(&mut self, keys: &[Key], values: &[Value<'_>]) -> usize {
        let left = usize::from(self.limits.quick().saturating_sub(self.count));
        let many = keys.len().min(values.len()).min(left);
        let pairs = keys.get(..many).unwrap_or_default().iter();
        let pairs = pairs.zip(values.get(..many).unwrap_or_default());
        let (start, tag) = (self.used, self.tag);
        let mut rest = self.bytes.get_mut(start..).unwrap_or_default();
        let all = rest.len();
        let (mut seen, mut done, mut passed) = (self.seen, 0, 0);
        for (key, value) in pairs {
            if ARE_NEW && matches!(value, Value::Empty) {
                passed += 1;
            } else if (ARE_NEW || seen & key.print() == 0)
                && let Some(room) = rest.first_chunk_mut()
                && let Some(length) = put_short(room, tag, key, value)
            {
                rest = rest.get_mut(length..).unwrap_or_default();
                seen |= key.print();
                done += 1;
            } else {
                break;
            }
        }
        self.used = start + all - rest.len();
        self.seen = seen;
        self.count += done as u16;
        done + passed
    }

    /// Sets attributes that were encoded before.
    #[inline]
    pub(crate) fn append(&mut self, encoded: &EncodedAttributes) {
        self.append_with(encoded, &[]);
    }

    /// The same with other numbers for those of its values that are doubles.
    #[inline]
    pub(in crate::span) fn append_with(&mut self, encoded: &EncodedAttributes, doubles: &[f64]) {
        let left = self.limits.quick().saturating_sub(self.count);
        let end = self.used + encoded.bytes.len();
        if self.seen & encoded.seen == 0
            && encoded.count <= left
            && encoded.longest <= self.limits.length()
            && let Some(room) = self.bytes.get_mut(self.used..end)
        {
            room.copy_from_slice(&encoded.bytes);
            for (place, number) in encoded.doubles.iter().zip(doubles) {
                let room = room.get_mut(usize::from(*place)..).and_then(<[u8]>::first_chunk_mut);
                if let Some(room) = room {
                    *room = number.to_le_bytes();
                }
            }
            self.used = end;
            self.seen |= encoded.seen;
            self.count += encoded.count;
            self.longest = self.longest.max(encoded.longest);
        } else {
            self.append_one_by_one(encoded, doubles);
        }
    }

    #[cold]
    #[inline(never)]
    fn append_one_by_one(&mut self, encoded: &EncodedAttributes, doubles: &[f64]) {
        let mut doubles = doubles.iter();
        for (key, value) in Attributes::new(&encoded.bytes, ATTRIBUTE_FIELD) {
            let double = matches!(value, Value::F64(_)).then(|| doubles.next()).flatten();
            self.set(key, double.map_or(value, |double| Value::F64(*double)));
        }
    }

    /// What there is, for other buffers to take over.
    pub(in crate::span) fn encoded(&self) -> EncodedAttributes {
        EncodedAttributes {
            bytes: self.bytes().into(),
            seen: self.seen,
            count: self.count,
            longest: self.longest,
            doubles: doubles(self.bytes()),
        }
    }

    #[cold]
    #[inline(never)]
    fn set_one_by_one(&mut self, keys: &[Key], values: &[Value<'_>], done: usize) {
        for (key, value) in keys.iter().zip(values).skip(done) {
            self.put(key.print(), key, key.as_str(), value);
        }
    }
}

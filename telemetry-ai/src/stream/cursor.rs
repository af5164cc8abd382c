//! Reading on through JSON that is there as a whole, each byte once.

use super::{
    skip::Skip,
    text::{End, end_of_text},
    value::whole,
};

/// A place in a document, which goes on as keys and values are asked for.
///
/// What comes is either taken or passed over. Where it isn't what JSON has there, nothing more is to be
/// had.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    /// Nothing of the container that was opened last has been taken.
    is_fresh: bool,
    is_broken: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(json: &'a [u8]) -> Self {
        Self { rest: json, is_fresh: false, is_broken: false }
    }

    /// Goes into the container if one begins here with `bracket`.
    #[inline]
    pub(crate) fn open(&mut self, bracket: u8) -> bool {
        self.pass_space();
        let begins = self.rest.first() == Some(&bracket);
        if begins {
            self.pass();
            self.is_fresh = true;
        }
        begins
    }

    /// The key of the object's next member, whose value is to be taken next; `None` at the object's end,
    /// which is passed.
    #[inline]
    pub(crate) fn key(&mut self) -> Option<&'a [u8]> {
        if !self.has_another(b'}') {
            return None;
        }
        let Some(key) = self.text() else {
            return self.breaks();
        };
        self.pass_space();
        if self.rest.first() != Some(&b':') {
            return self.breaks();
        }
        self.pass();
        key.get(1..key.len() - 1)
    }

    /// The object's next member, whose value is to be taken next, among those that are known: `Some(None)` if
    /// it is none of them, `None` at the object's end, which is passed.
    ///
    /// Writers have an order. `next` is the place of the one that is expected, which is compared where it
    /// stands; only if it isn't there the key is looked for.
    #[inline]
    pub(crate) fn member<M: Copy>(
        &mut self,
        known: &[(&str, M)],
        next: &mut usize,
    ) -> Option<Option<M>> {
        if let Some((name, member)) = known.get(*next)
            && let Some(rest) = self.expected(name.as_bytes())
        {
            (self.rest, self.is_fresh) = (rest, false);
            *next += 1;
            return Some(Some(*member));
        }
        let key = self.key()?;
        let place = known.iter().position(|(name, _)| name.as_bytes() == key);
        *next = place.map_or(*next, |place| place + 1);
        Some(place.and_then(|place| known.get(place)).map(|(_, member)| *member))
    }

    /// What follows the colon of a member of this name that comes next, without any space.
    #[inline]
    fn expected(&self, name: &[u8]) -> Option<&'a [u8]> {
        let rest = match self.rest {
            [b'"', rest @ ..] if self.is_fresh => rest,
            [b',', b'"', rest @ ..] if !self.is_fresh => rest,
            _ => return None,
        };
        rest.strip_prefix(name)?.strip_prefix(b"\":")
    }

    /// Whether the container that ends with `bracket` goes on here; otherwise its end is passed.
    #[inline]
    pub(crate) fn has_another(&mut self, bracket: u8) -> bool {
        self.pass_space();
        let is_fresh = std::mem::take(&mut self.is_fresh);
        match self.rest.first() {
            Some(end) if *end == bracket => {
                self.pass();
                false
            }
            Some(b',') if !is_fresh => {
                self.pass();
                self.pass_space();
                true
            }
            Some(_) if is_fresh => true,
            _ => self.breaks::<()>().is_some(),
        }
    }

    /// The value that comes, as it stands.
    pub(crate) fn value(&mut self) -> Option<&'a [u8]> {
        self.pass_space();
        let value = match self.rest.first() {
            Some(b'"') => self.text(),
            Some(b'{' | b'[') => {
                let mut skip = Skip::begun();
                let passed = 1 + skip.pass(self.rest.get(1..).unwrap_or_default());
                if skip.is_under_way() { None } else { self.take(passed) }
            }
            _ => {
                let end = self.rest.iter().position(|&byte| ends_plain(byte));
                end.filter(|end| *end > 0).and_then(|end| self.take(end))
            }
        };
        self.pass_space();
        if value.is_none() || !matches!(self.rest.first(), Some(b',' | b'}' | b']')) {
            return self.breaks();
        }
        value
    }

    /// The value that comes, where it is a count.
    #[inline]
    pub(crate) fn count(&mut self) -> Option<u64> {
        self.pass_space();
        let (mut number, mut digits) = (0_u64, 0);
        for byte in self.rest.iter().take(18) {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                if digits > 0 && matches!(byte, b',' | b'}') {
                    self.rest = self.rest.get(digits..).unwrap_or_default();
                    return Some(number);
                }
                break;
            }
            (number, digits) = (number * 10 + u64::from(digit), digits + 1);
        }
        whole(self.value()?)
    }

    /// How much of `json`, which it began with, it has gone through; `None` if that isn't JSON.
    pub(crate) fn length_of(&self, json: &[u8]) -> Option<usize> {
        (!self.is_broken).then(|| json.len() - self.rest.len())
    }

    /// A text, with its quotes.
    #[inline]
    fn text(&mut self) -> Option<&'a [u8]> {
        match end_of_text(self.rest.strip_prefix(b"\"")?, false) {
            End::At(end) => self.take(end + 2),
            End::Beyond { .. } => None,
        }
    }

    #[inline]
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    #[inline]
    fn pass(&mut self) {
        self.rest = self.rest.get(1..).unwrap_or_default();
    }

    #[inline]
    fn pass_space(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    #[cold]
    fn breaks<T>(&mut self) -> Option<T> {
        (self.rest, self.is_broken) = (&[], true);
        None
    }
}

/// What follows a number or a literal, and what can't be a part of one.
fn ends_plain(byte: u8) -> bool {
    matches!(byte, b',' | b'}' | b']' | b'\t' | b'\n' | b'\r' | b' ' | b'"' | b'{' | b'[' | b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Goes through a value as whoever reads an object by its members does.
    fn go_through(cursor: &mut Cursor<'_>) {
        if cursor.open(b'{') {
            while cursor.key().is_some() {
                go_through(cursor);
            }
        } else {
            cursor.count();
        }
    }

    fn length(json: &str) -> Option<usize> {
        let mut cursor = Cursor::new(json.as_bytes());
        go_through(&mut cursor);
        cursor.length_of(json.as_bytes())
    }

    #[test]
    fn it_ends_where_the_object_does_that_was_gone_into() {
        for object in [
            r#"{}"#,
            r#"{"a":1}"#,
            r#" {"a" : 1 , "b":{"c":[1,{"d":"}"}],"e":{}},"f":null,"g":-1.5e3,"h":"\"}"} "#,
        ] {
            let object = object.trim_end();
            assert_eq!(length(&format!("{object},\"more\":1}}")), Some(object.len()), "{object}");
        }
    }

    #[test]
    fn what_is_no_json_has_no_length() {
        for broken in [
            r#"{"a":1"#,
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a" 1}"#,
            r#"{"a":1 2}"#,
            r#"{"a":1{}}"#,
            r#"{"a":}"#,
            r#"{"a":"b}"#,
            r#"{"a":[1}"#,
            r#"{a:1}"#,
        ] {
            assert_eq!(length(broken), None, "{broken}");
        }
    }

    #[test]
    fn members_are_found_in_whatever_order_they_come() {
        const KNOWN: [(&str, u8); 3] = [("a", 1), ("bc", 2), ("d", 3)];
        let read = |json: &str| {
            let (mut cursor, mut next) = (Cursor::new(json.as_bytes()), 0);
            assert!(cursor.open(b'{'));
            let mut found = Vec::new();
            while let Some(member) = cursor.member(&KNOWN, &mut next) {
                found.push((member, cursor.count()));
            }
            assert!(cursor.length_of(json.as_bytes()).is_some(), "{json}");
            found
        };
        let all = [(Some(1), Some(7)), (Some(2), Some(8)), (Some(3), Some(9))];
        assert_eq!(read(r#"{"a":7,"bc":8,"d":9}"#), all);
        assert_eq!(read(r#"{ "a" : 7, "bc":8 ,"d": 9 }"#), all);
        let others = [(Some(3), Some(9)), (None, Some(1)), (Some(1), Some(7)), (Some(2), Some(8))];
        assert_eq!(read(r#"{"d":9,"b":1,"a":7,"bc":8}"#), others);
        assert_eq!(read("{}"), []);
    }

    proptest! {
        /// So a container is left at the same place whether it is read or passed over.
        #[test]
        fn what_can_be_read_ends_where_passing_over_it_ends(
            bytes in proptest::collection::vec(prop_oneof![
                Just(b'"'), Just(b'{'), Just(b'}'), Just(b'['), Just(b']'), Just(b':'), Just(b','),
                Just(b'\\'), Just(b'1'), Just(b' '), Just(b'a'),
            ], 0..24),
        ) {
            let json = [b"{\"a\":1,\"b\":", &bytes[..], b"}} "].concat();
            let mut cursor = Cursor::new(&json);
            go_through(&mut cursor);
            if let Some(length) = cursor.length_of(&json) {
                let mut skip = Skip::begun();
                prop_assert_eq!(length, 1 + skip.pass(&json[1..]));
                prop_assert!(!skip.is_under_way());
            }
        }
    }
}

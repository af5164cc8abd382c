//! A scanner that picks a few fields out of a chat completion as its bytes pass.
//!
//! It keeps no more than the value it is picking, whatever the size of the document: the text of an
//! answer is skipped where it lies. So there is nothing to buffer, nothing to bound but the picked
//! values, and a cut anywhere, even inside a character, changes nothing.

use std::borrow::Cow;

use memchr::memchr2;

use super::{
    Reply,
    field::{Field, Key, number, text},
};

/// Picked values longer than this are given up. The longest real one, a usage object, has about 500
/// bytes.
const LONGEST_VALUE: usize = 16 * 1024;
/// The keys that matter are shorter than this.
const LONGEST_KEY: usize = 20;
/// The fields that matter lie in an object in an array in an object.
const TRACKED: usize = 3;

/// Reads one JSON document, in any pieces.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    depth: usize,
    levels: [Level; TRACKED],
    text: Text,
    escaped: bool,
    key: Vec<u8>,
    /// The bytes of the value being picked, as they stand in the document.
    value: Vec<u8>,
    picking: Option<Field>,
    /// The depth at which a picked object began.
    picked_from: usize,
    overlong: bool,
    choice: Choice,
}

/// A container that is open.
#[derive(Debug, Default, Clone, Copy)]
struct Level {
    is_object: bool,
    expects_key: bool,
    key: Key,
    /// The position within an array.
    position: u32,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Text {
    #[default]
    Outside,
    Key,
    Value,
}

/// The choice being read; its index may follow its finish reason.
#[derive(Debug, Default)]
struct Choice {
    index: Option<u32>,
    finish_reason: Option<String>,
}

impl Scanner {
    /// Reads on.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], reply: &mut Reply) {
        while let Some(&byte) = bytes.first() {
            let taken = match self.text {
                Text::Outside => {
                    self.structure(byte, reply);
                    1
                }
                Text::Key | Text::Value => self.text(bytes, reply),
            };
            bytes = &bytes[taken..];
        }
    }

    /// Forgets the document, ended or not, and keeps the buffers.
    pub(crate) fn reset(&mut self) {
        self.depth = 0;
        self.text = Text::Outside;
        self.escaped = false;
        self.key.clear();
        self.value.clear();
        self.picking = None;
        self.overlong = false;
        self.choice = Choice::default();
    }

    fn structure(&mut self, byte: u8, reply: &mut Reply) {
        match byte {
            b'"' => self.open_text(reply),
            b'{' | b'[' => self.open(byte, reply),
            b'}' | b']' => self.close(byte, reply),
            b',' => {
                self.end_scalar(reply);
                self.keep(&[byte]);
                if let Some(level) = self.level() {
                    level.expects_key = level.is_object;
                    level.key = Key::Other;
                    level.position = level.position.saturating_add(1);
                }
            }
            b':' => {
                self.keep(&[byte]);
                if let Some(level) = self.level() {
                    level.expects_key = false;
                }
            }
            _ => {
                if self.picking.is_none() && !byte.is_ascii_whitespace() {
                    self.picking = self.wanted(reply).filter(|field| *field != Field::Usage);
                    self.picked_from = self.depth;
                }
                self.keep(&[byte]);
            }
        }
    }

    /// Consumes a part of a text, up to and with its closing quote; says how much.
    fn text(&mut self, bytes: &[u8], reply: &mut Reply) -> usize {
        if self.escaped {
            self.escaped = false;
            self.in_text(&bytes[..1]);
            return 1;
        }
        let Some(at) = memchr2(b'"', b'\\', bytes) else {
            self.in_text(bytes);
            return bytes.len();
        };
        self.in_text(&bytes[..=at]);
        if bytes[at] == b'\\' {
            self.escaped = true;
        } else {
            self.close_text(reply);
        }
        at + 1
    }

    fn in_text(&mut self, part: &[u8]) {
        if self.text == Text::Key && self.picking.is_none() {
            let room = LONGEST_KEY.saturating_sub(self.key.len());
            self.key.extend_from_slice(&part[..part.len().min(room)]);
        } else {
            self.keep(part);
        }
    }

    fn open_text(&mut self, reply: &mut Reply) {
        let is_key = self.level().is_some_and(|level| level.is_object && level.expects_key);
        self.text = if is_key { Text::Key } else { Text::Value };
        self.key.clear();
        if !is_key && self.picking.is_none() {
            self.picking = self.wanted(reply).filter(|field| *field != Field::Usage);
            self.picked_from = self.depth;
        }
        self.keep(b"\"");
    }

    fn close_text(&mut self, reply: &mut Reply) {
        let was_key = self.text == Text::Key;
        self.text = Text::Outside;
        if was_key && self.picking.is_none() {
            // The closing quote is the last byte kept, unless the key was longer than any of ours.
            let key = Key::parse(self.key.strip_suffix(b"\"").unwrap_or_default());
            if let Some(level) = self.level() {
                level.key = key;
            }
        } else if self.depth == self.picked_from {
            self.end_scalar(reply);
        }
    }

    fn open(&mut self, byte: u8, reply: &mut Reply) {
        if self.picking.is_none() && byte == b'{' && self.wanted(reply) == Some(Field::Usage) {
            self.picking = Some(Field::Usage);
            self.picked_from = self.depth;
        }
        self.keep(&[byte]);
        if self.depth == 1 && byte == b'{' && self.levels[0].key == Key::Error {
            reply.failed(None);
        }
        if let Some(level) = self.levels.get_mut(self.depth) {
            *level =
                Level { is_object: byte == b'{', expects_key: byte == b'{', ..Level::default() };
        }
        self.depth += 1;
        if self.in_choice() {
            self.choice = Choice::default();
        }
    }

    fn close(&mut self, byte: u8, reply: &mut Reply) {
        self.end_scalar(reply);
        self.keep(&[byte]);
        if self.in_choice() {
            let position = self.levels[1].position;
            let choice = std::mem::take(&mut self.choice);
            reply.choice(choice.index.unwrap_or(position), choice.finish_reason.as_deref());
        }
        self.depth = self.depth.saturating_sub(1);
        if self.picking.is_some() && self.depth == self.picked_from {
            self.picked(reply);
        }
    }

    /// Ends a number, a literal or a text that was being picked.
    fn end_scalar(&mut self, reply: &mut Reply) {
        if self.picking.is_some_and(|field| field != Field::Usage) && self.depth == self.picked_from
        {
            self.picked(reply);
        }
    }

    fn keep(&mut self, part: &[u8]) {
        if self.picking.is_none() || self.overlong {
            return;
        }
        self.overlong = self.value.len() + part.len() > LONGEST_VALUE;
        if !self.overlong {
            self.value.extend_from_slice(part);
        }
    }

    fn level(&mut self) -> Option<&mut Level> {
        self.levels.get_mut(self.depth.checked_sub(1)?)
    }

    fn in_choice(&self) -> bool {
        let [root, list, choice] = &self.levels;
        self.depth == 3
            && root.is_object
            && root.key == Key::Choices
            && !list.is_object
            && choice.is_object
    }

    /// The field whose value begins here, if it is still wanted.
    fn wanted(&self, reply: &Reply) -> Option<Field> {
        let [root, second, third] = &self.levels;
        if self.depth == 0 || !root.is_object {
            return None;
        }
        match (self.depth, root.key) {
            (1, Key::Id) => reply.id.is_none().then_some(Field::Id),
            (1, Key::Model) => reply.model.is_none().then_some(Field::Model),
            // The first chunk may say `auto`, the last one what it was.
            (1, Key::ServiceTier) => Some(Field::ServiceTier),
            (1, Key::SystemFingerprint) => {
                reply.system_fingerprint.is_none().then_some(Field::SystemFingerprint)
            }
            (1, Key::Usage) => Some(Field::Usage),
            (2, Key::Groq) => {
                (second.is_object && second.key == Key::Usage).then_some(Field::Usage)
            }
            (2, Key::Error) if second.is_object => match second.key {
                Key::Code => Some(Field::ErrorCode),
                Key::Type => Some(Field::ErrorType),
                _ => None,
            },
            (3, Key::Choices) if self.in_choice() => match third.key {
                Key::FinishReason => Some(Field::FinishReason),
                Key::Index => Some(Field::Index),
                _ => None,
            },
            _ => None,
        }
    }

    fn picked(&mut self, reply: &mut Reply) {
        let Some(field) = self.picking.take() else {
            return;
        };
        if !self.overlong {
            let value = self.value.as_slice();
            match field {
                Field::Usage => reply.usage(crate::usage::parse(value)),
                Field::Index => self.choice.index = serde_json::from_slice(value).ok(),
                Field::FinishReason => self.choice.finish_reason = text(value).map(Cow::into_owned),
                Field::Id => reply.set_id(text(value).as_deref()),
                Field::Model => reply.set_model(text(value).as_deref()),
                Field::ServiceTier => reply.set_service_tier(text(value).as_deref()),
                Field::SystemFingerprint => reply.set_system_fingerprint(text(value).as_deref()),
                // A code may be a number.
                Field::ErrorCode | Field::ErrorType => {
                    reply.failed(text(value).or_else(|| number(value)).as_deref());
                }
            }
        }
        self.value.clear();
        self.overlong = false;
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;

//! What nobody looks into, passed over.

use super::text::{End, end_of_text};

/// A container of which no part is wanted by itself, while its bytes pass. How deep it is doesn't matter.
#[derive(Debug, Default)]
pub(super) struct Skip {
    /// Containers that are open, with those inside.
    open: usize,
    in_text: bool,
    escaped: bool,
}

/// The bytes that open or close something.
static BOUNDS: [bool; 256] = {
    let mut bounds = [false; 256];
    let mut signs: &[u8] = b"\"{}[]";
    while let [sign, rest @ ..] = signs {
        bounds[*sign as usize] = true;
        signs = rest;
    }
    bounds
};

impl Skip {
    /// The container whose first byte has just passed.
    pub(super) fn begun() -> Self {
        Self { open: 1, ..Self::default() }
    }

    /// Whether the container hasn't ended.
    pub(super) fn is_under_way(&self) -> bool {
        self.open > 0
    }

    /// Passes over the bytes up to and with the last one of the container; says how many these are.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        loop {
            if self.in_text {
                match end_of_text(bytes.get(at..).unwrap_or_default(), self.escaped) {
                    End::At(end) => {
                        (self.in_text, self.escaped) = (false, false);
                        at += end + 1;
                    }
                    End::Beyond { escaped } => {
                        self.escaped = escaped;
                        return bytes.len();
                    }
                }
            }
            let rest = bytes.get(at..).unwrap_or_default();
            if let [b':' | b',', b'"', ..] = rest {
                // The next text, as it mostly is.
                at += 2;
                self.in_text = true;
                continue;
            }
            let Some(bound) = rest.iter().position(|&byte| BOUNDS[usize::from(byte)]) else {
                return bytes.len();
            };
            at += bound + 1;
            match rest.get(bound) {
                Some(b'"') => self.in_text = true,
                Some(b'{' | b'[') => self.open += 1,
                _ => {
                    self.open -= 1;
                    if self.open == 0 {
                        return at;
                    }
                }
            }
        }
    }
}

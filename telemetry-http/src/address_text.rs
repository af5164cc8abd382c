use std::fmt::{self, Write};
use std::net::IpAddr;

/// An IP address as text, on the stack.
pub(crate) struct AddressText {
    /// The longest has 45 characters.
    bytes: [u8; 45],
    length: usize,
}

impl AddressText {
    pub(crate) fn of(address: IpAddr) -> Self {
        let mut text = Self { bytes: [0; 45], length: 0 };
        // It fits, and if it didn't the text would be shorter.
        let _ = write!(text, "{address}");
        text
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl Write for AddressText {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        let place = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

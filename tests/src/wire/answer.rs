/// An answer, as far as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers in their order, their names as they were sent.
    pub headers: Vec<(String, String)>,
    /// The body without its framing.
    pub body: Vec<u8>,
    /// Whether all of the body came.
    pub complete: bool,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Reads what came until the connection's end.
    pub(super) fn read(received: &[u8]) -> Result<Self, &'static str> {
        let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let end = end.ok_or("no whole head")?;
        let head = std::str::from_utf8(&received[..end]).map_err(|_| "a head that isn't text")?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
        let status = status.and_then(|line| line.get(..3)?.parse().ok()).ok_or("no status")?;
        let headers: Option<Vec<(String, String)>> = lines
            .map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_owned(), value.trim().to_owned()))
            })
            .collect();
        let mut answer = Self {
            status,
            headers: headers.ok_or("a header without a value")?,
            body: Vec::new(),
            complete: false,
        };
        answer.read_body(&received[end + 4..])?;
        Ok(answer)
    }

    fn read_body(&mut self, body: &[u8]) -> Result<(), &'static str> {
        let length = self.header("content-length").map(|text| text.parse::<usize>());
        match (self.header("transfer-encoding"), length) {
            (Some("chunked"), None) => self.read_chunks(body),
            (None, Some(Ok(length))) if body.len() <= length => {
                self.complete = body.len() == length;
                self.body = body.to_vec();
                Ok(())
            }
            (None, Some(_)) => Err("a length that isn't the body's"),
            (None, None) if body.is_empty() && matches!(self.status, 204 | 304) => {
                self.complete = true;
                Ok(())
            }
            _ => Err("a body of no known length"),
        }
    }

    fn read_chunks(&mut self, mut rest: &[u8]) -> Result<(), &'static str> {
        loop {
            let Some(line) = rest.windows(2).position(|bytes| bytes == b"\r\n") else {
                return Ok(());
            };
            let size = std::str::from_utf8(&rest[..line]).map_err(|_| "a chunk of no size")?;
            let size = usize::from_str_radix(size, 16).map_err(|_| "a chunk of no size")?;
            rest = &rest[line + 2..];
            if size == 0 {
                self.complete = rest == b"\r\n";
                return Ok(());
            }
            let Some(chunk) = rest.get(..size) else {
                self.body.extend_from_slice(rest);
                return Ok(());
            };
            self.body.extend_from_slice(chunk);
            rest = rest.get(size + 2..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(received: &str) -> Result<(String, bool), &'static str> {
        let answer = Answer::read(received.as_bytes())?;
        Ok((answer.text(), answer.complete))
    }

    #[test]
    fn a_body_is_complete_when_its_declared_length_or_its_last_chunk_has_come() {
        let whole = |text: &str| Ok((text.to_owned(), true));
        let cut = |text: &str| Ok((text.to_owned(), false));
        let known = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
        assert_eq!(read(&format!("{known}abcd")), whole("abcd"));
        assert_eq!(read(&format!("{known}abc")), cut("abc"));
        assert_eq!(read(&format!("{known}abcde")), Err("a length that isn't the body's"));
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert_eq!(
            read(&format!("{chunked}3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n")),
            whole("abc0123456789")
        );
        for rest in ["3\r\nabc\r\n", "3\r\nabc", "3\r\nabc\r\n0", "3\r\nabc\r\n0\r\n"] {
            assert_eq!(read(&format!("{chunked}{rest}")), cut("abc"), "{rest:?}");
        }
        assert_eq!(read("HTTP/1.1 204 No Content\r\n\r\n"), whole(""));
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\nabc"), Err("a body of no known length"));
        assert_eq!(read("HTTP/1.1 200 OK\r\n"), Err("no whole head"));
    }

    #[test]
    fn headers_keep_their_order_and_are_found_in_any_case() {
        let answer =
            Answer::read(b"HTTP/1.1 429 Slow down\r\nB: 2\r\nA: 1\r\ncontent-length: 0\r\n\r\n");
        let answer = answer.unwrap();
        assert_eq!(answer.status, 429);
        let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["B", "A", "content-length"]);
        assert_eq!((answer.header("a"), answer.header("c")), (Some("1"), None));
    }
}

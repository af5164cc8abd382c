use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where lines go. Shown in messages about trouble with it.
pub(crate) trait Output: fmt::Display + Send {
    /// The sink's name.
    fn name(&self) -> &'static str;

    /// Writes whole lines.
    fn write(&mut self, lines: &[u8]) -> Result<(), Unwritten>;
}

/// Not all was written.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(crate) error: io::Error,
    /// Bytes that were written all the same.
    pub(crate) written: usize,
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self { error, written: 0 }
    }
}

/// Standard output.
#[derive(Debug)]
pub(crate) struct Stdout;

impl Output for Stdout {
    fn name(&self) -> &'static str {
        "json"
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Unwritten> {
        let mut out = io::stdout().lock();
        out.write_all(lines)?;
        Ok(out.flush()?)
    }
}

impl fmt::Display for Stdout {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("standard output")
    }
}

/// A file that is appended to. After an error it is opened anew, so that a full disk that was cleared
/// or a directory that was mounted late heals by itself.
#[derive(Debug)]
pub(crate) struct File {
    path: PathBuf,
    open: Option<fs::File>,
    /// Whether the file ends within a line.
    torn: bool,
}

impl File {
    /// Opens or creates the file, with the directories that it lies in.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), open: Some(Self::append_to(path)?), torn: false })
    }

    fn append_to(path: &Path) -> io::Result<fs::File> {
        if let Some(directory) = path.parent().filter(|path| !path.as_os_str().is_empty()) {
            fs::create_dir_all(directory)?;
        }
        OpenOptions::new().append(true).create(true).open(path)
    }

    /// Writes all of `bytes` and remembers where a failure left off.
    fn write_on(&mut self, bytes: &[u8]) -> Result<(), Unwritten> {
        let mut file = match self.open.take() {
            Some(file) => file,
            None => Self::append_to(&self.path)?,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            match file.write(rest) {
                Ok(0) => {
                    let error = ErrorKind::WriteZero.into();
                    return Err(Unwritten { error, written: bytes.len() - rest.len() });
                }
                Ok(written) => {
                    rest = &rest[written..];
                    self.torn = !bytes.get(..bytes.len() - rest.len()).is_some_and(ends_a_line);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Unwritten { error, written: bytes.len() - rest.len() });
                }
            }
        }
        self.open = Some(file);
        Ok(())
    }
}

fn ends_a_line(written: &[u8]) -> bool {
    written.ends_with(b"\n")
}

impl Output for File {
    fn name(&self) -> &'static str {
        "file"
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Unwritten> {
        if self.torn {
            self.write_on(b"\n").map_err(|failed| Unwritten::from(failed.error))?;
        }
        self.write_on(lines)
    }
}

impl fmt::Display for File {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "file {}", self.path.display())
    }
}

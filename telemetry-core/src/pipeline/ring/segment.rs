use crate::pipeline::Signal;
use crate::scope::Scope;

/// Bytes of a segment.
pub(crate) const SEGMENT_BYTES: usize = 64 * 1024;

/// The largest record: half a segment, so that a record always fits an empty one.
pub(crate) const MAX_RECORD: usize = SEGMENT_BYTES / 2;

/// Bytes before each record: length (4), signal (1), flags (1), scope (2).
pub(crate) const FRAME_HEADER: usize = 8;

/// A run of records of one thread, each framed by a header.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) bytes: Vec<u8>,
    /// Records in it, by signal.
    pub(crate) records: [u64; Signal::COUNT],
    /// How many of them the sampler has left out.
    pub(crate) unsampled: u64,
}

/// What a record is, and whether it goes to the sinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub(crate) signal: Signal,
    /// Otherwise it is recorded only for those inside the pipeline who want it all the same.
    pub(crate) sampled: bool,
}

impl Fate {
    /// A sampled record.
    pub(crate) const fn sampled(signal: Signal) -> Self {
        Self { signal, sampled: true }
    }

    /// The byte that stands for it in a frame's header.
    #[inline]
    const fn flags(self) -> u8 {
        if self.sampled { 0 } else { UNSAMPLED }
    }
}

/// The flag in a frame's header of a record that isn't sampled.
const UNSAMPLED: u8 = 0x01;

impl Segment {
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            bytes: Vec::with_capacity(SEGMENT_BYTES),
            records: [0; Signal::COUNT],
            unsampled: 0,
        })
    }

    /// Whether a record of `length` bytes still fits.
    #[inline]
    pub(crate) fn fits(&self, length: usize) -> bool {
        self.bytes.len() + FRAME_HEADER + length <= SEGMENT_BYTES
    }

    /// One without memory, which grows as it needs.
    pub(crate) fn growing() -> Box<Self> {
        Box::new(Self { bytes: Vec::new(), records: [0; Signal::COUNT], unsampled: 0 })
    }

    /// Appends framed records of one fate, which fit.
    pub(crate) fn append(&mut self, frames: &[u8], records: u64, signal: Signal) {
        self.bytes.extend_from_slice(frames);
        self.records[signal as usize] += records;
    }

    /// Takes over the records of `other`, all of them or, without room, none.
    pub(crate) fn absorb(&mut self, other: &mut Self) -> bool {
        let fits = self.bytes.len() + other.bytes.len() <= SEGMENT_BYTES;
        if fits {
            self.bytes.extend_from_slice(&other.bytes);
            for (own, records) in self.records.iter_mut().zip(other.records) {
                *own += records;
            }
            self.unsampled += other.unsampled;
            other.clear();
        }
        fits
    }

    /// Whether the records would fit another segment's other half.
    pub(crate) fn is_sparse(&self) -> bool {
        self.bytes.len() < SEGMENT_BYTES / 2
    }

    /// The same records in no more memory than they need.
    pub(crate) fn to_fit(&self) -> Box<Self> {
        Box::new(Self { bytes: self.bytes.clone(), ..*self })
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.records = [0; Signal::COUNT];
        self.unsampled = 0;
    }

    /// Counts a record that was appended.
    #[inline]
    pub(crate) fn count(&mut self, fate: Fate) {
        self.records[fate.signal as usize] += 1;
        self.unsampled += u64::from(!fate.sampled);
    }
}

/// A frame's header without the length of its record.
#[inline]
pub(crate) fn frame_header(fate: Fate, scope: &'static Scope) -> [u8; FRAME_HEADER] {
    let scope = scope.id().to_le_bytes();
    [0, 0, 0, 0, fate.signal as u8, fate.flags(), scope[0], scope[1]]
}

/// Starts a frame and returns its place for [`end_frame`].
#[inline]
pub(crate) fn begin_frame(out: &mut Vec<u8>, fate: Fate, scope: &'static Scope) -> usize {
    let start = out.len();
    out.extend_from_slice(&frame_header(fate, scope));
    start
}

/// Ends the frame that starts at `start`: what was appended since is its record.
#[inline]
pub(crate) fn end_frame(out: &mut [u8], start: usize) {
    let length = (out.len() - start - FRAME_HEADER) as u32;
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

/// One framed record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramedRecord<'a> {
    pub(crate) fate: Fate,
    pub(crate) scope: u16,
    pub(crate) record: &'a [u8],
    /// Header and record.
    pub(crate) frame: &'a [u8],
}

/// Reads frames one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = FramedRecord<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let header = self.rest.first_chunk::<FRAME_HEADER>()?;
        let length = u32::from_le_bytes([header[0], header[1], header[2], header[3]]) as usize;
        let signal = Signal::from_index(header[4])?;
        let scope = u16::from_le_bytes([header[6], header[7]]);
        let fate = Fate { signal, sampled: header[5] & UNSAMPLED == 0 };
        let (frame, rest) = self.rest.split_at_checked(FRAME_HEADER + length)?;
        self.rest = rest;
        Some(FramedRecord { fate, scope, record: &frame[FRAME_HEADER..], frame })
    }
}

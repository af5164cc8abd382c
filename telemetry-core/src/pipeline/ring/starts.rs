/// Numbers of spans that started, by origin and by the sampler's result.
pub(crate) type Starts<N> = [[N; SamplingResult::COUNT]; Origin::COUNT];

/// Where the parent of a span is: `otel.span.parent.origin`.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Origin {
    None = 0,
    Local = 1,
    Remote = 2,
}

impl Origin {
    const COUNT: usize = 3;

    pub(crate) const ALL: [(Self, &str); Self::COUNT] =
        [(Self::None, "none"), (Self::Local, "local"), (Self::Remote, "remote")];
}

/// What the sampler said of a span: `otel.span.sampling_result`.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum SamplingResult {
    Drop = 0,
    RecordOnly = 1,
    RecordAndSample = 2,
}

impl SamplingResult {
    const COUNT: usize = 3;

    pub(crate) const ALL: [(Self, &str); Self::COUNT] = [
        (Self::Drop, "DROP"),
        (Self::RecordOnly, "RECORD_ONLY"),
        (Self::RecordAndSample, "RECORD_AND_SAMPLE"),
    ];

    #[inline]
    pub(crate) fn of(sampled: bool, recording: bool) -> Self {
        match (sampled, recording) {
            (true, _) => Self::RecordAndSample,
            (false, true) => Self::RecordOnly,
            (false, false) => Self::Drop,
        }
    }
}

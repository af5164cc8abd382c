//! Tools that a provider ran and bills by the use.

/// How often a provider ran tools of its own that it bills by the use, besides tokens.
///
/// `None` means that the response didn't say. Tools that the application runs are no part of this.
///
/// ```
/// use telemetry_ai::Usage;
///
/// let mut usage = Usage::default();
/// usage.tools.web_searches = Some(3);
/// assert!(!usage.is_empty());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolUse {
    /// Searches of the web: OpenAI's `web_search_call`, Anthropic's `web_search_requests`, the
    /// queries of Gemini's grounding, Perplexity's `num_search_queries`.
    pub web_searches: Option<u64>,
    /// Pages fetched from the web (Anthropic's `web_fetch_requests`).
    pub web_fetches: Option<u64>,
    /// Searches of files (OpenAI's `file_search_call`).
    pub file_searches: Option<u64>,
    /// Sessions of an interpreter (OpenAI's `code_interpreter_call`, Anthropic's
    /// `code_execution_requests`).
    pub code_sessions: Option<u64>,
    /// Images generated as a tool (OpenAI's `image_generation_call`).
    pub image_generations: Option<u64>,
    /// Queries of Google Maps (Gemini's grounding).
    pub map_queries: Option<u64>,
}

impl super::Empty for ToolUse {
    const EMPTY: &'static Self = &Self {
        web_searches: None,
        web_fetches: None,
        file_searches: None,
        code_sessions: None,
        image_generations: None,
        map_queries: None,
    };
}

impl ToolUse {
    pub(super) fn merge(&mut self, later: &Self) {
        self.web_searches = later.web_searches.or(self.web_searches);
        self.web_fetches = later.web_fetches.or(self.web_fetches);
        self.file_searches = later.file_searches.or(self.file_searches);
        self.code_sessions = later.code_sessions.or(self.code_sessions);
        self.image_generations = later.image_generations.or(self.image_generations);
        self.map_queries = later.map_queries.or(self.map_queries);
    }
}

//! Which requests are calls to a model.

use std::borrow::Cow;

use super::{Operation, Provider};

/// The end of the path of every compatible endpoint.
const CHAT_COMPLETIONS: &str = "/chat/completions";

/// Declares the requests to a host as chat completions of a provider.
///
/// Needed for gateways and for servers of your own whose paths don't end in `/chat/completions`,
/// and to give such a server's provider a name. A rule of yours goes before what is known of public
/// hosts.
///
/// ```
/// use telemetry_ai::{EndpointRule, Provider};
///
/// let gateway = EndpointRule::host("llm.internal").provider(Provider::new("acme_gateway"));
/// let local = EndpointRule::host("127.0.0.1").port(8000).path("/generate").provider(Provider::VLLM);
/// let any_of_ours = EndpointRule::host("*.models.example.com").provider(Provider::OPENAI);
/// # let _ = (gateway, local, any_of_ours);
/// ```
#[derive(Debug, Clone)]
pub struct EndpointRule {
    host: Cow<'static, str>,
    port: Option<u16>,
    path: Cow<'static, str>,
    provider: Provider,
}

impl EndpointRule {
    /// Requests to `host`: a name, an address, or `*.` and a domain for every host below it.
    #[must_use]
    pub fn host(host: impl Into<Cow<'static, str>>) -> Self {
        Self {
            host: host.into(),
            port: None,
            path: Cow::Borrowed(CHAT_COMPLETIONS),
            provider: Provider::OTHER,
        }
    }

    /// Only on this port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The end of the paths that complete a chat. Default: `/chat/completions`.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.path = path.into();
        self
    }

    /// Whose models answer there. Default: [`Provider::OTHER`]. [`Provider::OPENAI`] makes OpenAI's
    /// prices apply.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    fn matches(&self, host: &str, port: Option<u16>, path: &str) -> bool {
        host_matches(&self.host, host)
            && self.port.is_none_or(|wanted| port == Some(wanted))
            && path.trim_end_matches('/').ends_with(self.path.trim_end_matches('/'))
    }
}

/// What a request was recognised as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recognised {
    pub(crate) operation: Operation,
    pub(crate) provider: Provider,
}

/// Recognises a call to a model by its URL, or doesn't.
pub(crate) fn recognise(
    rules: &[EndpointRule],
    method: &http::Method,
    host: &str,
    port: Option<u16>,
    path: &str,
) -> Option<Recognised> {
    if method != http::Method::POST {
        return None;
    }
    let chat =
        |provider: &Provider| Recognised { operation: Operation::CHAT, provider: provider.clone() };
    if let Some(rule) = rules.iter().find(|rule| rule.matches(host, port, path)) {
        return Some(chat(&rule.provider));
    }
    if !path.trim_end_matches('/').ends_with(CHAT_COMPLETIONS) {
        return None;
    }
    let known = HOSTS.iter().find(|(pattern, _)| host_matches(pattern, host));
    Some(chat(known.map_or(&Provider::OTHER, |(_, provider)| provider)))
}

/// Whose hosts are whose.
static HOSTS: &[(&str, Provider)] = &[
    ("api.openai.com", Provider::OPENAI),
    ("eu.api.openai.com", Provider::OPENAI),
    ("us.api.openai.com", Provider::OPENAI),
    ("*.openai.azure.com", Provider::AZURE_OPENAI),
    ("*.cognitiveservices.azure.com", Provider::AZURE_OPENAI),
    ("*.services.ai.azure.com", Provider::AZURE_AI_INFERENCE),
    ("api.anthropic.com", Provider::ANTHROPIC),
    ("api.cerebras.ai", Provider::CEREBRAS),
    ("api.cohere.ai", Provider::COHERE),
    ("api.cohere.com", Provider::COHERE),
    ("api.deepseek.com", Provider::DEEPSEEK),
    ("api.fireworks.ai", Provider::FIREWORKS_AI),
    ("generativelanguage.googleapis.com", Provider::GEMINI),
    ("aiplatform.googleapis.com", Provider::VERTEX_AI),
    ("api.groq.com", Provider::GROQ),
    ("api.mistral.ai", Provider::MISTRAL_AI),
    ("*.modal.run", Provider::MODAL),
    ("*.modal.direct", Provider::MODAL),
    ("api.moonshot.ai", Provider::MOONSHOT_AI),
    ("api.moonshot.cn", Provider::MOONSHOT_AI),
    ("openrouter.ai", Provider::OPENROUTER),
    ("api.openrouter.ai", Provider::OPENROUTER),
    ("api.perplexity.ai", Provider::PERPLEXITY),
    ("api.together.ai", Provider::TOGETHER_AI),
    ("api.together.xyz", Provider::TOGETHER_AI),
    ("api.x.ai", Provider::X_AI),
];

fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host.len().checked_sub(domain.len() + 1).is_some_and(|at| {
            at > 0 && host.as_bytes()[at] == b'.' && host[at + 1..].eq_ignore_ascii_case(domain)
        }),
        // Vertex puts the region before the name: `europe-west4-aiplatform.googleapis.com`.
        None if pattern == "aiplatform.googleapis.com" => {
            host == pattern || host.ends_with("-aiplatform.googleapis.com")
        }
        None => host.eq_ignore_ascii_case(pattern),
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    fn provider_of(rules: &[EndpointRule], url: &str) -> Option<String> {
        let url: http::Uri = url.parse().unwrap();
        recognise(rules, &Method::POST, url.host().unwrap(), url.port_u16(), url.path())
            .map(|recognised| recognised.provider.to_string())
    }

    #[test]
    fn the_host_tells_the_provider_and_only_openais_is_openai() {
        for (url, provider) in [
            ("https://api.openai.com/v1/chat/completions", "openai"),
            ("https://eu.api.openai.com/v1/chat/completions/", "openai"),
            ("https://api.openai.com.evil.example/v1/chat/completions", "_OTHER"),
            ("https://notapi.openai.com/v1/chat/completions", "_OTHER"),
            (
                "https://acme.openai.azure.com/openai/deployments/d/chat/completions",
                "azure.ai.openai",
            ),
            ("https://api.groq.com/openai/v1/chat/completions", "groq"),
            ("https://api.x.ai/v1/chat/completions", "x_ai"),
            ("https://openrouter.ai/api/v1/chat/completions", "openrouter"),
            (
                "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi/chat/completions",
                "gcp.vertex_ai",
            ),
            ("http://localhost:8000/v1/chat/completions", "_OTHER"),
        ] {
            assert_eq!(provider_of(&[], url).as_deref(), Some(provider), "{url}");
        }
    }

    #[test]
    fn nothing_else_is_a_chat_completion() {
        for url in [
            "https://api.openai.com/v1/embeddings",
            "https://api.openai.com/v1/chat/completions/chatcmpl-1",
            "https://example.com/",
        ] {
            assert_eq!(provider_of(&[], url), None, "{url}");
        }
        let list = recognise(&[], &Method::GET, "api.openai.com", None, "/v1/chat/completions");
        assert_eq!(list, None);
    }

    #[test]
    fn a_rule_goes_before_what_is_known() {
        let rules = [
            EndpointRule::host("127.0.0.1").port(8000).path("/generate").provider(Provider::VLLM),
            EndpointRule::host("*.example.com").provider(Provider::OPENAI),
            EndpointRule::host("api.groq.com").provider(Provider::new("ours")),
        ];
        let of = |url| provider_of(&rules, url);
        assert_eq!(of("http://127.0.0.1:8000/v1/generate").as_deref(), Some("vllm"));
        assert_eq!(of("http://127.0.0.1:9000/v1/generate"), None);
        assert_eq!(of("http://a.b.example.com/chat/completions").as_deref(), Some("openai"));
        assert_eq!(of("http://example.com/chat/completions").as_deref(), Some("_OTHER"));
        assert_eq!(of("http://badexample.com/chat/completions").as_deref(), Some("_OTHER"));
        assert_eq!(of("https://api.groq.com/openai/v1/chat/completions").as_deref(), Some("ours"));
    }
}

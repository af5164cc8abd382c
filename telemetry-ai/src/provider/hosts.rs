//! Whose hosts are whose, and how each provider is spoken to.

use super::{
    Operation, Provider,
    anthropic::Anthropic,
    bedrock::Bedrock,
    cohere::Cohere,
    comfyui::ComfyUi,
    fal::{self, Fal},
    gemini::{Gemini, Vertex},
    modal::Modal,
    ollama::Ollama,
    openai::{Azure, OpenAi},
    protocol::{Protocol, RequestLine, Target, Wire},
    replicate::{self, Replicate},
};
use crate::stream::{Node, Reply};

/// The public hosts. `*.` stands for any name below a domain.
static HOSTS: &[(&str, Provider)] = &[
    ("api.openai.com", Provider::OPENAI),
    ("eu.api.openai.com", Provider::OPENAI),
    ("us.api.openai.com", Provider::OPENAI),
    ("*.openai.azure.com", Provider::AZURE_OPENAI),
    ("*.azure-api.net", Provider::AZURE_OPENAI),
    ("*.cognitiveservices.azure.com", Provider::AZURE_OPENAI),
    ("*.services.ai.azure.com", Provider::AZURE_AI_INFERENCE),
    ("api.anthropic.com", Provider::ANTHROPIC),
    ("api.cerebras.ai", Provider::CEREBRAS),
    ("api.cohere.ai", Provider::COHERE),
    ("api.cohere.com", Provider::COHERE),
    ("cloud.comfy.org", Provider::COMFYUI),
    ("api.comfy.org", Provider::COMFYUI),
    ("api.deepseek.com", Provider::DEEPSEEK),
    ("fal.run", Provider::FAL_AI),
    ("queue.fal.run", Provider::FAL_AI),
    ("queue.falrun.com", Provider::FAL_AI),
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
    ("api.replicate.com", Provider::REPLICATE),
    ("api.together.ai", Provider::TOGETHER_AI),
    ("api.together.xyz", Provider::TOGETHER_AI),
    ("api.x.ai", Provider::X_AI),
];

/// The ports that servers of one's own listen on unless they are told otherwise. vLLM's, 8000, is that of
/// too many others.
static PORTS: &[(u16, Provider)] = &[(8188, Provider::COMFYUI), (11434, Provider::OLLAMA)];

/// The provider of a public host, and the host's name if it stands in the list as it is.
fn provider_of(host: &str) -> Option<(Provider, Option<&'static str>)> {
    if is_bedrock(host) {
        return Some((Provider::AWS_BEDROCK, None));
    }
    let (pattern, provider) = HOSTS.iter().find(|(pattern, _)| host_matches(pattern, host))?;
    Some((provider.clone(), Some(*pattern).filter(|name| *name == host)))
}

/// How a provider is spoken to; as OpenAI is, if nothing else is known.
pub(super) fn protocol_of(provider: &Provider) -> &'static dyn Protocol {
    match provider.as_str() {
        "anthropic" => &Anthropic,
        "aws.bedrock" => &Bedrock,
        "azure.ai.openai" | "azure.ai.inference" => &Azure,
        "cohere" => &Cohere,
        "comfyui" => &ComfyUi,
        "fal_ai" => &Fal,
        "gcp.gemini" | "gcp.gen_ai" => &Gemini,
        "gcp.vertex_ai" => &Vertex,
        "modal" => &Modal,
        "ollama" => &Ollama,
        "replicate" => &Replicate,
        _ => &OpenAi,
    }
}

/// How a call that is observed by hand is written and read.
pub(crate) fn wire_of(provider: &Provider, operation: &Operation) -> Wire {
    protocol_of(provider).declared(operation).wire
}

/// What a provider sends to a webhook when a job has ended.
pub(crate) fn webhook_of(provider: &Provider) -> Option<&'static Node<Reply>> {
    match provider.as_str() {
        "fal_ai" => Some(&fal::WEBHOOK),
        "replicate" => Some(&replicate::PREDICTION),
        _ => None,
    }
}

/// What a request to a host that nobody declared is.
pub(super) fn recognise(request: &RequestLine<'_>, port: Option<u16>) -> Option<Target> {
    let Some((provider, host)) = provider_of(request.host) else {
        return of_port(request, port).or_else(|| compatible_anywhere(request));
    };
    let mut target = match provider_protocol(&provider, request) {
        Some(target) => target,
        None if compatible(&provider) => OpenAi.recognise(request)?,
        None => return None,
    };
    if provider == Provider::OPENAI
        && let Some(region) = request.host.strip_suffix(".api.openai.com")
    {
        target.geography = Some(region.to_owned());
    }
    (target.provider, target.host) = (provider, host);
    Some(target)
}

/// A call to a server of one's own, by the port that such servers have.
fn of_port(request: &RequestLine<'_>, port: Option<u16>) -> Option<Target> {
    let (_, provider) = PORTS.iter().find(|(usual, _)| port == Some(*usual))?;
    let mut target = provider_protocol(provider, request)?;
    target.provider = provider.clone();
    Some(target)
}

/// Every compatible server is recognised by this path.
fn compatible_anywhere(request: &RequestLine<'_>) -> Option<Target> {
    if !request.trimmed().ends_with("chat/completions") {
        return None;
    }
    OpenAi.recognise(request)
}

fn provider_protocol(provider: &Provider, request: &RequestLine<'_>) -> Option<Target> {
    protocol_of(provider).recognise(request)
}

/// Whether a provider with an API of its own also speaks OpenAI's.
fn compatible(provider: &Provider) -> bool {
    [Provider::ANTHROPIC, Provider::AWS_BEDROCK].contains(provider)
}

/// `bedrock-runtime.eu-central-1.amazonaws.com`
fn is_bedrock(host: &str) -> bool {
    host.strip_prefix("bedrock-runtime.")
        .or_else(|| host.strip_prefix("bedrock-runtime-fips."))
        .and_then(|rest| rest.strip_suffix(".amazonaws.com"))
        .is_some_and(|region| !region.is_empty() && !region.contains('.'))
}

pub(super) fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => host.len().checked_sub(domain.len() + 1).is_some_and(|at| {
            at > 0
                && host.as_bytes()[at] == b'.'
                && host.is_char_boundary(at + 1)
                && host[at + 1..].eq_ignore_ascii_case(domain)
        }),
        // Vertex puts the region before the name: `europe-west4-aiplatform.googleapis.com`.
        None if pattern == "aiplatform.googleapis.com" => {
            host == pattern || host.ends_with("-aiplatform.googleapis.com")
        }
        None => host == pattern || host.eq_ignore_ascii_case(pattern),
    }
}

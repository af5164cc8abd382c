//! Which requests are calls to a model.

use std::borrow::Cow;

use super::{
    Operation, Provider,
    hosts::{self, host_matches},
    protocol::{RequestLine, Stated, Target},
};

/// Declares the requests to a host as calls of a provider's models.
///
/// Needed for gateways and for servers of your own, but for those of Ollama and ComfyUI that listen
/// on their usual ports, 11434 and 8188. By default the paths are the provider's own, on
/// that host, so that each tells its operation; a [`path`](Self::path) of yours is declared with
/// the [`operation`](Self::operation) that it carries out. A rule of yours goes before what is
/// known of public hosts, and an earlier one before a later one.
///
/// ```
/// use telemetry_ai::{EndpointRule, Operation, Provider};
///
/// let gateway = EndpointRule::host("llm.internal").provider(Provider::new("acme_gateway"));
/// let local = EndpointRule::host("127.0.0.1").port(8000).path("/generate").provider(Provider::VLLM);
/// let any_of_ours = EndpointRule::host("*.models.example.com").provider(Provider::OPENAI);
/// let studio = EndpointRule::host("gpu-1").port(8188).provider(Provider::COMFYUI);
/// let upscaler = EndpointRule::host("acme--upscaler.modal.run")
///     .path("/run")
///     .provider(Provider::MODAL)
///     .operation(Operation::UPSCALE)
///     .model("real-esrgan-x4")
///     .hardware("A10")
///     .compute_seconds_header("x-gpu-seconds")
///     .cost_header("x-cost-usd");
/// # let _ = (gateway, local, any_of_ours, studio, upscaler);
/// ```
#[derive(Debug, Clone)]
pub struct EndpointRule {
    host: Cow<'static, str>,
    port: Option<u16>,
    path: Option<Cow<'static, str>>,
    provider: Provider,
    operation: Option<Operation>,
    model: Option<Cow<'static, str>>,
    hardware: Option<Cow<'static, str>>,
    stated: Vec<(Cow<'static, str>, Stated)>,
}

impl EndpointRule {
    /// Requests to `host`: a name, an address, or `*.` and a domain for every host below it.
    #[must_use]
    pub fn host(host: impl Into<Cow<'static, str>>) -> Self {
        Self {
            host: host.into(),
            port: None,
            path: None,
            provider: Provider::OTHER,
            operation: None,
            model: None,
            hardware: None,
            stated: Vec::new(),
        }
    }

    /// Only on this port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The end of the paths that are calls. Default: the provider's own paths.
    #[must_use]
    pub fn path(mut self, path: impl Into<Cow<'static, str>>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Whose models answer there, which decides how they are spoken to and what they cost. Default:
    /// [`Provider::OTHER`], which is spoken to as OpenAI is.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = provider;
        self
    }

    /// What the calls do. Default: what the path says, and on a path of yours
    /// [`Operation::CHAT`].
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// The model, where neither path nor body names it.
    #[must_use]
    pub fn model(mut self, model: impl Into<Cow<'static, str>>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// The machine that the calls run on, which decides the price of its seconds.
    #[must_use]
    pub fn hardware(mut self, hardware: impl Into<Cow<'static, str>>) -> Self {
        self.hardware = Some(hardware.into());
        self
    }

    /// A header of the responses in which a gateway or worker of yours states the cost in US
    /// dollars, as a decimal number.
    #[must_use]
    pub fn cost_header(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.stated(name.into(), Stated::Cost)
    }

    /// A header of the responses in which a gateway or worker of yours states the seconds of the
    /// machine, as a decimal number.
    #[must_use]
    pub fn compute_seconds_header(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.stated(name.into(), Stated::ComputeSeconds)
    }

    /// A header of the responses in which a gateway or worker of yours names the machine.
    #[must_use]
    pub fn hardware_header(self, name: impl Into<Cow<'static, str>>) -> Self {
        self.stated(name.into(), Stated::Hardware)
    }

    fn stated(mut self, name: Cow<'static, str>, what: Stated) -> Self {
        self.stated.push((name, what));
        self
    }

    /// What a request is by this rule; `None` where it doesn't apply.
    fn recognise(&self, request: &RequestLine<'_>, port: Option<u16>) -> Option<Target> {
        let here = host_matches(&self.host, request.host)
            && self.port.is_none_or(|wanted| port == Some(wanted));
        if !here {
            return None;
        }
        let protocol = hosts::protocol_of(&self.provider);
        let mut target = match &self.path {
            Some(path) => {
                let ends = request.path.trim_end_matches('/').ends_with(path.trim_end_matches('/'));
                if !ends || !request.is_post() {
                    return None;
                }
                let operation = self.operation.clone().unwrap_or(Operation::CHAT);
                protocol.declared(&operation)
            }
            None => protocol.recognise(request)?,
        };
        target.provider = self.provider.clone();
        if let Some(operation) = &self.operation {
            target.operation = operation.clone();
        }
        if let Some(model) = &self.model {
            target.model = Some(model.clone().into_owned());
        }
        target.hardware = self.hardware.clone().map(Cow::into_owned);
        target.stated.clone_from(&self.stated);
        Some(target)
    }
}

/// Recognises a call to a model by its URL, or doesn't.
pub(crate) fn recognise(
    rules: &[EndpointRule],
    request: &RequestLine<'_>,
    port: Option<u16>,
) -> Option<Target> {
    let declared = rules.iter().find_map(|rule| rule.recognise(request, port));
    declared.or_else(|| hosts::recognise(request, port))
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;

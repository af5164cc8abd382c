use super::Service;
use crate::rpc::methods::Methods;

/// Observes the calls that a jsonrpsee server answers; see [`rpc`](crate::rpc) for what is recorded.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct Layer {
    methods: Methods,
}

impl Layer {
    /// A layer that makes a span and a metric of each call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares procedures, so that they are known before they are answered for the first time:
    /// `module.method_names()`.
    pub fn methods<M: Into<Box<str>>>(self, methods: impl IntoIterator<Item = M>) -> Self {
        self.methods.declare(methods);
        self
    }
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Service<S>;

    fn layer(&self, inner: S) -> Service<S> {
        Service::new(inner, self.methods.clone())
    }
}

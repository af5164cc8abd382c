//! Which hosts and which usual ports are whose, without a rule.

use telemetry_ai::{EndpointRule, Middleware, Provider};

use crate::{
    assert_attribute,
    provider::PLAIN,
    stand_in::{Answer, plain, recorded},
};

const REQUEST: &str = r#"{"model":"m","messages":[]}"#;

/// The provider of the one call that the request was, or `None` if it was none.
async fn provider_of(method: &str, url: &str) -> Option<String> {
    let (_, spans) = recorded(plain(), method, url, REQUEST, Answer::json(PLAIN)).await;
    assert!(spans.len() <= 1, "{url}: {spans:#?}");
    let provider = spans.first()?.attribute("gen_ai.provider.name");
    Some(provider.unwrap().to_string())
}

#[tokio::test]
async fn every_public_host_is_its_providers() {
    const CHAT: &str = "/v1/chat/completions";
    for (host, path, provider) in [
        ("api.openai.com", CHAT, "openai"),
        ("eu.api.openai.com", CHAT, "openai"),
        ("us.api.openai.com", CHAT, "openai"),
        ("acme.openai.azure.com", "/openai/v1/chat/completions", "azure.ai.openai"),
        ("acme.azure-api.net", "/openai/deployments/d/chat/completions", "azure.ai.openai"),
        ("acme.cognitiveservices.azure.com", "/openai/v1/responses", "azure.ai.openai"),
        ("acme.services.ai.azure.com", "/models/chat/completions", "azure.ai.inference"),
        ("api.anthropic.com", "/v1/messages", "anthropic"),
        ("bedrock-runtime.us-east-1.amazonaws.com", "/model/m/converse", "aws.bedrock"),
        ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "/model/m/invoke", "aws.bedrock"),
        ("api.cerebras.ai", CHAT, "cerebras"),
        ("api.cohere.ai", "/v1/chat", "cohere"),
        ("api.cohere.com", "/v2/chat", "cohere"),
        ("cloud.comfy.org", "/api/prompt", "comfyui"),
        ("api.comfy.org", "/v2/models/kling/v2", "comfyui"),
        ("api.deepseek.com", "/chat/completions", "deepseek"),
        ("fal.run", "/fal-ai/flux/dev", "fal_ai"),
        ("queue.fal.run", "/fal-ai/flux/dev", "fal_ai"),
        ("queue.falrun.com", "/fal-ai/flux/dev", "fal_ai"),
        ("api.fireworks.ai", "/inference/v1/chat/completions", "fireworks_ai"),
        ("generativelanguage.googleapis.com", "/v1beta/models/m:generateContent", "gcp.gemini"),
        (
            "aiplatform.googleapis.com",
            "/v1/projects/p/locations/global/publishers/google/models/m:generateContent",
            "gcp.vertex_ai",
        ),
        (
            "europe-west4-aiplatform.googleapis.com",
            "/v1/projects/p/locations/europe-west4/publishers/google/models/m:generateContent",
            "gcp.vertex_ai",
        ),
        ("api.groq.com", "/openai/v1/chat/completions", "groq"),
        ("api.mistral.ai", CHAT, "mistral_ai"),
        ("acme--app.modal.run", "/generate", "modal"),
        ("acme--app.modal.direct", CHAT, "modal"),
        ("api.moonshot.ai", CHAT, "moonshot_ai"),
        ("api.moonshot.cn", CHAT, "moonshot_ai"),
        ("openrouter.ai", "/api/v1/chat/completions", "openrouter"),
        ("api.openrouter.ai", "/api/v1/chat/completions", "openrouter"),
        ("api.perplexity.ai", "/chat/completions", "perplexity"),
        ("api.replicate.com", "/v1/models/o/m/predictions", "replicate"),
        ("api.together.ai", CHAT, "together_ai"),
        ("api.together.xyz", CHAT, "together_ai"),
        ("api.x.ai", CHAT, "x_ai"),
    ] {
        let url = format!("https://{host}{path}");
        assert_eq!(provider_of("POST", &url).await.as_deref(), Some(provider), "{url}");
        // A longer name is another host, of which only the path may tell something.
        let anybodys = path.ends_with("/chat/completions").then_some("_OTHER");
        let mut others = vec![format!("https://{host}.example{path}")];
        // Every name below these is theirs.
        if !host.starts_with("acme") && !host.starts_with("europe") {
            others.push(format!("https://x{host}{path}"));
        }
        for other in others {
            assert_eq!(provider_of("POST", &other).await.as_deref(), anybodys, "{other}");
        }
    }
}

#[tokio::test]
async fn servers_of_ones_own_are_known_by_their_usual_ports() {
    for (method, url, provider) in [
        ("POST", "http://localhost:11434/api/chat", Some("ollama")),
        ("POST", "http://127.0.0.1:11434/api/generate", Some("ollama")),
        ("POST", "http://[::1]:11434/api/embed", Some("ollama")),
        ("POST", "http://ollama:11434/api/embeddings", Some("ollama")),
        // Its compatible API is the same server.
        ("POST", "http://ollama:11434/v1/chat/completions", Some("ollama")),
        ("POST", "http://ollama:11434/v1/embeddings", Some("ollama")),
        ("POST", "http://ollama:11434/api/pull", None),
        ("GET", "http://ollama:11434/api/tags", None),
        ("POST", "http://ollama:11435/api/chat", None),
        ("POST", "http://ollama/api/chat", None),
        // vLLM's port is that of too many others.
        ("POST", "http://localhost:8000/v1/chat/completions", Some("_OTHER")),
        ("POST", "http://localhost:8000/v1/embeddings", None),
        ("POST", "http://gpu-1:8188/api/chat", None),
        ("POST", "http://gpu-1:8188/upload/image", None),
        ("POST", "http://gpu-1:8188/v1/chat/completions", Some("_OTHER")),
        // A public host is its provider's on any port.
        ("POST", "https://api.openai.com:11434/api/chat", None),
        ("POST", "https://api.openai.com:8188/prompt", None),
    ] {
        assert_eq!(provider_of(method, url).await.as_deref(), provider, "{method} {url}");
    }
}

#[tokio::test]
async fn a_graph_that_is_queued_at_the_usual_port_is_followed_to_its_end() {
    const GRAPH: &str = r#"{"prompt":{"4":{"class_type":"CheckpointLoaderSimple","inputs":{"ckpt_name":"sdxl.safetensors"}},"3":{"class_type":"KSampler","inputs":{"steps":20}}}}"#;
    const DONE: &str = r#"{"u1":{"outputs":{"9":{"images":[{"filename":"a.png","type":"output"}]}},"status":{"status_str":"success","completed":true,"messages":[["execution_start",{"timestamp":1755000000000}],["execution_success",{"timestamp":1755000002500}]]}}}"#;
    for base in ["http://127.0.0.1:8188", "http://comfyui:8188/api"] {
        let client = crate::stand_in::client(
            plain(),
            [Answer::json(r#"{"prompt_id":"u1","number":7}"#), Answer::json(DONE)],
        );
        let capture = telemetry_core::testing::Capture::start();
        capture
            .run_async(async {
                crate::stand_in::ask(&client, "POST", &format!("{base}/prompt"), GRAPH).await;
                crate::stand_in::ask(&client, "GET", &format!("{base}/history/u1"), "").await;
            })
            .await;
        let span = crate::provider::only_span(&capture);
        assert_eq!(span.name, "generate_image sdxl.safetensors");
        assert_attribute!(span, "gen_ai.provider.name", "comfyui");
        assert_attribute!(span, "server.port", 8188);
        assert_attribute!(span, "telemetry.gen_ai.usage.compute_seconds", 2.5);
        assert_attribute!(span, "telemetry.gen_ai.usage.images", 1.0);
    }
}

#[tokio::test]
async fn a_rule_goes_before_the_usual_port() {
    let rule = EndpointRule::host("gateway").port(11434).provider(Provider::VLLM);
    let builder = Middleware::builder().endpoint(rule);
    let url = "http://gateway:11434/v1/chat/completions";
    let (_, spans) = recorded(builder, "POST", url, REQUEST, Answer::json(PLAIN)).await;
    assert_attribute!(spans[0], "gen_ai.provider.name", "vllm");
}

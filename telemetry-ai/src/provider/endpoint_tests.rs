use super::*;

fn line<'a>(method: &'a str, url: &'a str) -> (RequestLine<'a>, Option<u16>) {
    let rest = url.split_once("://").unwrap().1;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = authority
        .split_once(':')
        .map_or((authority, None), |(host, port)| (host, port.parse().ok()));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    (RequestLine { method, host, path, query }, port)
}

fn found(rules: &[EndpointRule], method: &str, url: &str) -> Option<Target> {
    let (line, port) = line(method, url);
    recognise(rules, &line, port)
}

fn provider_of(rules: &[EndpointRule], url: &str) -> Option<String> {
    found(rules, "POST", url).map(|target| target.provider.to_string())
}

#[test]
fn the_host_tells_the_provider_and_only_openais_is_openai() {
    for (url, provider) in [
        ("https://api.openai.com/v1/chat/completions", "openai"),
        ("https://eu.api.openai.com/v1/chat/completions/", "openai"),
        ("https://api.openai.com.evil.example/v1/chat/completions", "_OTHER"),
        ("https://notapi.openai.com/v1/chat/completions", "_OTHER"),
        ("https://acme.openai.azure.com/openai/deployments/d/chat/completions", "azure.ai.openai"),
        ("https://api.groq.com/openai/v1/chat/completions", "groq"),
        ("https://api.x.ai/v1/chat/completions", "x_ai"),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter"),
        (
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/l/endpoints/openapi/chat/completions",
            "gcp.vertex_ai",
        ),
        ("http://localhost:8000/v1/chat/completions", "_OTHER"),
        ("https://bedrock-runtime.eu-central-1.amazonaws.com/model/m/converse", "aws.bedrock"),
    ] {
        assert_eq!(provider_of(&[], url).as_deref(), Some(provider), "{url}");
    }
}

#[test]
fn the_path_tells_operation_model_and_geography() {
    let chat = "chat";
    for (url, operation, model, geography) in [
        ("https://eu.api.openai.com/v1/responses", chat, None, Some("eu")),
        ("https://api.openai.com/v1/embeddings", "embeddings", None, None),
        ("https://api.openai.com/v1/images/edits", "generate_image", None, None),
        ("https://api.openai.com/v1/audio/speech", "speech", None, None),
        ("https://api.openai.com/v1/audio/translations", "transcribe", None, None),
        ("https://api.openai.com/v1/videos", "generate_video", None, None),
        ("https://api.openai.com/v1/batches", "batch", None, None),
        ("https://api.openai.com/v1/completions", "text_completion", None, None),
        (
            "https://a.openai.azure.com/openai/deployments/dep/chat/completions?api-version=1",
            chat,
            Some("dep"),
            None,
        ),
        ("https://a.services.ai.azure.com/openai/v1/responses", chat, None, None),
        ("https://api.anthropic.com/v1/messages", chat, None, None),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
            "generate_content",
            Some("gemini-2.5-pro"),
            None,
        ),
        (
            "https://generativelanguage.googleapis.com/v1beta/models/veo-3:predictLongRunning",
            "generate_video",
            Some("veo-3"),
            None,
        ),
        (
            "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-x@1:streamRawPredict",
            chat,
            Some("claude-x@1"),
            Some("us-east5"),
        ),
        (
            "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/gemini-x:streamGenerateContent",
            "generate_content",
            Some("gemini-x"),
            Some("global"),
        ),
        (
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova/converse-stream",
            chat,
            Some("us.amazon.nova"),
            Some("us"),
        ),
        ("https://api.cohere.com/v2/chat", chat, None, None),
        ("https://api.cohere.com/v2/rerank", "rerank", None, None),
        ("https://api.replicate.com/v1/predictions", "generate_content", None, None),
        (
            "https://api.replicate.com/v1/models/black-forest-labs/flux-dev/predictions",
            "generate_image",
            Some("black-forest-labs/flux-dev"),
            None,
        ),
        (
            "https://api.replicate.com/v1/models/o/m/versions/v/trainings",
            "train",
            Some("o/m"),
            None,
        ),
        ("https://fal.run/fal-ai/flux/dev", "generate_image", Some("fal-ai/flux/dev"), None),
        (
            "https://queue.fal.run/fal-ai/clarity-upscaler",
            "upscale",
            Some("fal-ai/clarity-upscaler"),
            None,
        ),
        ("https://acme-dev--upscaler.modal.run/run", "upscale", Some("upscaler"), None),
        ("https://acme--vllm.modal.run/v1/chat/completions", chat, None, None),
        ("https://cloud.comfy.org/api/prompt", "generate_image", None, None),
    ] {
        let target = found(&[], "POST", url).unwrap_or_else(|| panic!("{url}"));
        assert_eq!(target.operation.as_str(), operation, "{url}");
        assert_eq!(target.model.as_deref(), model, "{url}");
        assert_eq!(target.geography.as_deref(), geography, "{url}");
    }
}

#[test]
fn a_look_at_a_job_is_no_call() {
    use super::super::protocol::Step;
    for (method, url, id) in [
        ("GET", "https://api.openai.com/v1/videos/video_1", "video_1"),
        ("GET", "https://api.openai.com/v1/batches/batch_1", "batch_1"),
        ("POST", "https://api.openai.com/v1/batches/batch_1/cancel", "batch_1"),
        ("GET", "https://api.openai.com/v1/responses/resp_1", "resp_1"),
        ("GET", "https://api.replicate.com/v1/predictions/abc", "abc"),
        ("POST", "https://api.replicate.com/v1/predictions/abc/cancel", "abc"),
        ("GET", "https://api.replicate.com/v1/trainings/abc", "abc"),
        ("GET", "https://queue.fal.run/fal-ai/flux/requests/abc/status?logs=1", "abc"),
        ("GET", "https://queue.fal.run/fal-ai/flux/requests/abc", "abc"),
        ("PUT", "https://queue.fal.run/fal-ai/flux/requests/abc/cancel", "abc"),
        ("GET", "https://acme--x.modal.run/result/fc-01J", "fc-01J"),
        ("GET", "https://acme--x.modal.run/?__modal_function_call_id=fc-01J", "fc-01J"),
        ("GET", "https://cloud.comfy.org/api/history/abc", "abc"),
        ("GET", "https://cloud.comfy.org/api/jobs/abc", "abc"),
        (
            "GET",
            "https://generativelanguage.googleapis.com/v1beta/models/veo-3/operations/abc",
            "abc",
        ),
    ] {
        let target = found(&[], method, url).unwrap_or_else(|| panic!("{url}"));
        assert_eq!(target.step, Step::Poll(id.to_owned()), "{url}");
    }
}

#[test]
fn nothing_else_is_a_call() {
    for (method, url) in [
        ("POST", "https://api.openai.com/v1/files"),
        ("GET", "https://api.openai.com/v1/chat/completions"),
        ("GET", "https://api.openai.com/v1/videos/video_1/content"),
        ("POST", "https://api.openai.com/v1/chat/completions/chatcmpl-1"),
        ("POST", "https://api.anthropic.com/v1/messages/count_tokens"),
        ("POST", "https://generativelanguage.googleapis.com/v1beta/models/m:countTokens"),
        ("GET", "https://api.fal.ai/v1/models/pricing"),
        ("GET", "https://api.replicate.com/v1/predictions"),
        ("GET", "https://acme--x.modal.run/health"),
        ("GET", "https://cloud.comfy.org/api/queue"),
        ("POST", "https://example.com/v1/embeddings"),
        ("GET", "https://example.com/"),
    ] {
        assert!(found(&[], method, url).is_none(), "{url}");
    }
}

#[test]
fn a_rule_goes_before_what_is_known() {
    let rules = [
        EndpointRule::host("127.0.0.1").port(8000).path("/generate").provider(Provider::VLLM),
        EndpointRule::host("*.example.com").provider(Provider::OPENAI),
        EndpointRule::host("api.groq.com").provider(Provider::new("ours")),
        EndpointRule::host("gpu-1").port(8188).provider(Provider::COMFYUI),
        EndpointRule::host("gpu-2").path("/up").operation(Operation::UPSCALE).model("x4"),
    ];
    let of = |url| provider_of(&rules, url);
    assert_eq!(of("http://127.0.0.1:8000/v1/generate").as_deref(), Some("vllm"));
    assert_eq!(of("http://127.0.0.1:9000/v1/generate"), None);
    assert_eq!(of("http://a.b.example.com/chat/completions").as_deref(), Some("openai"));
    assert_eq!(of("http://a.b.example.com/v1/embeddings").as_deref(), Some("openai"));
    assert_eq!(of("http://example.com/chat/completions").as_deref(), Some("_OTHER"));
    assert_eq!(of("http://badexample.com/chat/completions").as_deref(), Some("_OTHER"));
    assert_eq!(of("https://api.groq.com/openai/v1/chat/completions").as_deref(), Some("ours"));
    assert_eq!(of("http://gpu-1:8188/prompt").as_deref(), Some("comfyui"));
    let upscaler = found(&rules, "POST", "http://gpu-2/v1/up").unwrap();
    assert_eq!(upscaler.operation, Operation::UPSCALE);
    assert_eq!(upscaler.model.as_deref(), Some("x4"));
}

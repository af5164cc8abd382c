//! Names that the conventions lack; ours live under `telemetry.`.

/// Counter of US dollars.
pub(crate) const COST: &str = "telemetry.gen_ai.cost";
/// Counter of finished calls.
pub(crate) const REQUESTS: &str = "telemetry.gen_ai.requests";
/// Counter of finished calls without a cost.
pub(crate) const UNPRICED: &str = "telemetry.gen_ai.unpriced";

/// How far a cost can be trusted: `exact`, `partial`, `estimated`, `unpriced`.
pub(crate) const COST_STATUS: &str = "telemetry.gen_ai.cost.status";
/// The version of the price table that a cost was computed from.
pub(crate) const COST_TABLE: &str = "telemetry.gen_ai.cost.table";
/// The model whose price was used.
pub(crate) const COST_MODEL: &str = "telemetry.gen_ai.cost.model";
/// Counter of US dollars that calls cost which failed, were cancelled, or took several attempts; a
/// part of the cost.
pub(crate) const COST_OF_TROUBLE: &str = "telemetry.gen_ai.cost.of_trouble";
/// What happened to them: `failed`, `cancelled`, `retried`.
pub(crate) const TROUBLE: &str = "telemetry.gen_ai.trouble";
/// What prompt caches saved: up-down counter of US dollars, and attribute.
pub(crate) const CACHE_SAVINGS: &str = "telemetry.gen_ai.cost.cache_savings";
/// Counter of calls whose prompt should have been read from a cache; the attribute says it of one.
pub(crate) const CACHE_MISSED: &str = "telemetry.gen_ai.cache.missed";
/// Event: a budget's threshold was passed.
pub(crate) const BUDGET_THRESHOLD_EVENT: &str = "telemetry.gen_ai.budget.threshold";
/// Gauge: the share of a budget that is spent.
pub(crate) const BUDGET_USED: &str = "telemetry.gen_ai.budget.used";
/// Counter of calls that a budget refused.
pub(crate) const BUDGET_REFUSED: &str = "telemetry.gen_ai.budget.refused";
/// A budget's name.
pub(crate) const BUDGET_NAME: &str = "telemetry.gen_ai.budget.name";
/// Whose budget it is.
pub(crate) const BUDGET_KEY: &str = "telemetry.gen_ai.budget.key";
/// The threshold in per cent.
pub(crate) const BUDGET_THRESHOLD: &str = "telemetry.gen_ai.budget.threshold_percent";
/// US dollars spent of a budget.
pub(crate) const BUDGET_SPENT: &str = "telemetry.gen_ai.budget.spent";
/// US dollars that a budget is of.
pub(crate) const BUDGET_LIMIT: &str = "telemetry.gen_ai.budget.limit";
/// Why there is no cost.
pub(crate) const UNPRICED_REASON: &str = "telemetry.gen_ai.unpriced.reason";
/// Why a body could not be read for its usage.
pub(crate) const USAGE_UNAVAILABLE: &str = "telemetry.gen_ai.usage.unavailable";

/// Which of OpenAI's APIs a call used; of the conventions.
pub(crate) const OPENAI_API_TYPE: &str = "openai.api.type";
/// The service tier asked for; of the conventions.
pub(crate) const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";
/// The service tier that served; of the conventions.
pub(crate) const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
/// The fingerprint of the serving system; of the conventions.
pub(crate) const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";

/// The older name of the provider.
pub(crate) const SYSTEM: &str = "gen_ai.system";
/// The older kind of tokens: `input`, `output`.
pub(crate) const TOKEN_TYPE: &str = "gen_ai.token.type";
/// The older name of tokens written to a cache.
pub(crate) const USAGE_CACHE_CREATION_INPUT_TOKENS: &str =
    "gen_ai.usage.cache_creation.input_tokens";
/// Histogram: how long an operation took that isn't an inference, and the older name of all.
pub(crate) const OPERATION_DURATION: &str = "gen_ai.client.operation.duration";
/// Histogram: the older time to the first chunk.
pub(crate) const OPERATION_TIME_TO_FIRST_CHUNK: &str =
    "gen_ai.client.operation.time_to_first_chunk";
/// Histogram: the older time between chunks.
pub(crate) const OPERATION_TIME_PER_OUTPUT_CHUNK: &str =
    "gen_ai.client.operation.time_per_output_chunk";
/// Histogram: the time between chunks; of the conventions.
pub(crate) const TIME_PER_OUTPUT_CHUNK: &str = "gen_ai.client.inference.time_per_output_chunk";
/// Histogram: the older token usage.
pub(crate) const TOKEN_USAGE: &str = "gen_ai.client.token.usage";
/// The dimensions of embeddings; of the conventions.
pub(crate) const EMBEDDING_DIMENSIONS: &str = "gen_ai.embeddings.dimension.count";

/// The formats of embeddings; of the conventions, as are those up to the guardrail's.
pub(crate) const REQUEST_ENCODING_FORMATS: &str = "gen_ai.request.encoding_formats";
/// The response that a request goes on from.
pub(crate) const REQUEST_PREVIOUS_RESPONSE_ID: &str = "gen_ai.request.previous_response.id";
/// The guardrail that watches a request.
pub(crate) const AWS_BEDROCK_GUARDRAIL_ID: &str = "aws.bedrock.guardrail.id";

/// The size of images asked for.
pub(crate) const REQUEST_IMAGE_SIZE: &str = "telemetry.gen_ai.request.image.size";
/// The quality of images asked for.
pub(crate) const REQUEST_IMAGE_QUALITY: &str = "telemetry.gen_ai.request.image.quality";
/// The resolution asked for.
pub(crate) const REQUEST_RESOLUTION: &str = "telemetry.gen_ai.request.resolution";
/// The steps of a diffusion asked for.
pub(crate) const REQUEST_STEPS: &str = "telemetry.gen_ai.request.steps";
/// The length of a video or sound asked for, in seconds.
pub(crate) const REQUEST_DURATION: &str = "telemetry.gen_ai.request.duration";

/// What a call used in units other than tokens: prefix of attributes, and a counter.
pub(crate) const USAGE_UNITS: &str = "telemetry.gen_ai.usage";
/// Counter of units other than tokens.
pub(crate) const UNITS: &str = "telemetry.gen_ai.usage.units";
/// Which unit: `images`, `compute_seconds` …
pub(crate) const UNIT: &str = "telemetry.gen_ai.unit";
/// How long a job waited, in seconds: attribute and histogram.
pub(crate) const JOB_QUEUE_DURATION: &str = "telemetry.gen_ai.job.queue.duration";
/// How long a job ran, in seconds: attribute and histogram.
pub(crate) const JOB_RUN_DURATION: &str = "telemetry.gen_ai.job.run.duration";
/// How many attempts a call took, where it was more than one.
pub(crate) const ATTEMPTS: &str = "telemetry.gen_ai.attempts";
/// Gauge: what is left of a provider's limit.
pub(crate) const RATE_LIMIT_REMAINING: &str = "telemetry.gen_ai.rate_limit.remaining";
/// Gauge: a provider's limit.
pub(crate) const RATE_LIMIT: &str = "telemetry.gen_ai.rate_limit.limit";
/// What is limited: `requests`, `tokens`, `input_tokens`, `output_tokens`.
pub(crate) const RATE_LIMIT_KIND: &str = "telemetry.gen_ai.rate_limit.kind";

/// The tool's name; of the conventions, as are those up to the workflow's durations.
pub(crate) const TOOL_NAME: &str = "gen_ai.tool.name";
/// The id of a tool call.
pub(crate) const TOOL_CALL_ID: &str = "gen_ai.tool.call.id";
/// The kind of a tool.
pub(crate) const TOOL_TYPE: &str = "gen_ai.tool.type";
/// What a tool is for.
pub(crate) const TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
/// The agent's name.
pub(crate) const AGENT_NAME: &str = "gen_ai.agent.name";
/// The agent's id.
pub(crate) const AGENT_ID: &str = "gen_ai.agent.id";
/// The agent's version.
pub(crate) const AGENT_VERSION: &str = "gen_ai.agent.version";
/// What an agent is for.
pub(crate) const AGENT_DESCRIPTION: &str = "gen_ai.agent.description";
/// The workflow's name.
pub(crate) const WORKFLOW_NAME: &str = "gen_ai.workflow.name";
/// Histogram: how long a tool ran.
pub(crate) const EXECUTE_TOOL_DURATION: &str = "gen_ai.execute_tool.duration";
/// Histogram: how often an agent called a model itself.
pub(crate) const INVOKE_AGENT_INFERENCE_CALLS: &str = "gen_ai.invoke_agent.inference_calls";
/// Histogram: how often an agent called a tool itself.
pub(crate) const INVOKE_AGENT_TOOL_CALLS: &str = "gen_ai.invoke_agent.tool_calls";
/// Histogram: how long an agent ran.
pub(crate) const INVOKE_AGENT_DURATION: &str = "gen_ai.invoke_agent.duration";
/// Histogram: how long a workflow ran.
pub(crate) const WORKFLOW_DURATION: &str = "gen_ai.workflow.duration";
/// A node of a workflow.
pub(crate) const GRAPH_NODE: &str = "telemetry.gen_ai.graph.node";
/// The node that ran before.
pub(crate) const GRAPH_NODE_FROM: &str = "telemetry.gen_ai.graph.node.from";
/// Histogram: how long a node ran.
pub(crate) const NODE_DURATION: &str = "telemetry.gen_ai.graph.node.duration";
/// The outcome of what was dropped.
pub(crate) const CANCELLED: &str = "cancelled";

/// The event that carries content, where that is asked for; of the conventions.
pub(crate) const DETAILS_EVENT: &str = "gen_ai.client.inference.operation.details";
/// The request's body.
pub(crate) const REQUEST_BODY: &str = "telemetry.gen_ai.request.body";
/// The response's body.
pub(crate) const RESPONSE_BODY: &str = "telemetry.gen_ai.response.body";

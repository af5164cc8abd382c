//! [`Provider`]: a process that answers as a provider of models does, so that answering is at nobody's
//! cost.

mod server;

pub(crate) use server::serve;

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::failure::Failure;
use crate::measure::other_core;

/// What a call sends.
pub(crate) const REQUEST: &str = r#"{"model":"gpt-4o","max_tokens":1024,"temperature":0.2,"messages":[{"role":"system","content":"You answer questions about orders."},{"role":"user","content":"Where is order 17, and when does it arrive?"}]}"#;

/// The answer: 4 KiB, of which most is what the model says.
pub(crate) fn answer() -> String {
    const BYTES: usize = 4096;
    let with = |said: &str| {
        format!(
            r#"{{"id":"chatcmpl-17","object":"chat.completion","created":1795000000,"model":"gpt-4o-2024-08-06","choices":[{{"index":0,"message":{{"role":"assistant","content":"{said}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{{"cached_tokens":1920,"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}},"service_tier":"default","system_fingerprint":"fp_17"}}"#
        )
    };
    const SAID: &str = concat!(
        "Order 17 left the warehouse on Tuesday morning, and the carrier expects to deliver it on ",
        "Friday before noon; somebody has to sign for it. It holds two parcels, of which the ",
        r#"\"heavy\" one needs a lift.\n"#
    );
    let room = BYTES - with("").len();
    let mut said = SAID.repeat(room / SAID.len());
    said.extend(std::iter::repeat_n('.', room - said.len()));
    with(&said)
}

/// A process on another core, if there is one, that answers every request with the answer. It ends with
/// its input.
#[derive(Debug)]
pub(crate) struct Provider {
    address: String,
    _input: ChildStdin,
    _process: Child,
}

impl Provider {
    /// Starts the process.
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("answer").args(other_core().map(|core| core.to_string()));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let input = process.stdin.take().ok_or("the provider has no input")?;
        let output = process.stdout.take().ok_or("the provider has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self { address: address.trim().to_owned(), _input: input, _process: process })
    }

    /// Where it listens: address and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_four_kibibytes_of_json() {
        assert_eq!(answer().len(), 4096);
        let answer: serde_json::Value = serde_json::from_str(&answer()).unwrap_or_default();
        assert_eq!(answer["usage"]["completion_tokens"], 300);
    }
}

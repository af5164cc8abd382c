//! What a model of pictures, films or sound does, by its name.

use crate::Operation;

/// Words in the names of models and apps, and what these do; the first that is found decides.
static WORDS: &[(&str, Operation)] = &[
    ("trainer", Operation::TRAIN),
    ("training", Operation::TRAIN),
    ("fine-tun", Operation::TRAIN),
    ("finetun", Operation::TRAIN),
    ("upscal", Operation::UPSCALE),
    ("super-resolution", Operation::UPSCALE),
    ("esrgan", Operation::UPSCALE),
    ("seedvr", Operation::UPSCALE),
    ("video", Operation::GENERATE_VIDEO),
    ("kling", Operation::GENERATE_VIDEO),
    ("veo", Operation::GENERATE_VIDEO),
    ("hailuo", Operation::GENERATE_VIDEO),
    ("seedance", Operation::GENERATE_VIDEO),
    ("sora", Operation::GENERATE_VIDEO),
    ("whisper", Operation::TRANSCRIBE),
    ("transcri", Operation::TRANSCRIBE),
    ("speech-to-text", Operation::TRANSCRIBE),
    ("text-to-speech", Operation::SPEECH),
    ("tts", Operation::SPEECH),
    ("image", Operation::GENERATE_IMAGE),
    ("flux", Operation::GENERATE_IMAGE),
    ("diffusion", Operation::GENERATE_IMAGE),
    ("sdxl", Operation::GENERATE_IMAGE),
    ("ideogram", Operation::GENERATE_IMAGE),
    ("recraft", Operation::GENERATE_IMAGE),
    ("seedream", Operation::GENERATE_IMAGE),
    ("banana", Operation::GENERATE_IMAGE),
    ("embed", Operation::EMBEDDINGS),
];

/// The operation that the name of a model speaks of; otherwise the generation of content of any
/// kind.
pub(super) fn operation_of(model: &str) -> Operation {
    // Within other words, such as `constrained`, it means nothing.
    if words(model).any(|word| word.eq_ignore_ascii_case("train")) {
        return Operation::TRAIN;
    }
    let found = WORDS.iter().find(|(word, _)| contains(model, word));
    found.map_or(Operation::GENERATE_CONTENT, |(_, operation)| operation.clone())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| !sign.is_ascii_alphanumeric())
}

fn contains(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::operation_of;

    #[test]
    fn the_name_of_a_model_tells_what_it_does() {
        for (model, operation) in [
            ("fal-ai/flux/dev", "generate_image"),
            ("fal-ai/flux-lora-fast-training", "train"),
            ("sdxl/train", "train"),
            ("Train-LoRA", "train"),
            ("flux-finetune", "train"),
            ("constrained-flux", "generate_image"),
            ("fal-ai/clarity-upscaler", "upscale"),
            ("nightmareai/real-esrgan", "upscale"),
            ("fal-ai/kling-video/v2/master/image-to-video", "generate_video"),
            ("openai/whisper", "transcribe"),
            ("acme/unheard-of", "generate_content"),
        ] {
            assert_eq!(operation_of(model).as_str(), operation, "{model}");
        }
    }
}

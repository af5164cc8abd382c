//! Error codes of providers as classes.

/// `ThrottlingException` as `throttling_exception`: the form that every provider's codes are
/// recorded in.
pub(crate) fn snake_case(code: &str) -> String {
    let mut snake = String::with_capacity(code.len() + 4);
    let mut after_lower = false;
    for character in code.chars().take(64) {
        if character.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_recorded_in_one_form() {
        assert_eq!(snake_case("ThrottlingException"), "throttling_exception");
        assert_eq!(snake_case("throttlingException"), "throttling_exception");
        assert_eq!(snake_case("RESOURCE_EXHAUSTED"), "resource_exhausted");
        assert_eq!(snake_case("rate_limit"), "rate_limit");
    }
}

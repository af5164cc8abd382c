use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::problem::Problem;
use crate::returned::Returned;

/// A function, as far as a span around its calls has to know it.
#[derive(Debug)]
pub(crate) struct Function {
    /// Everything before the body.
    pub(crate) signature: TokenStream,
    pub(crate) name: Ident,
    pub(crate) is_async: bool,
    pub(crate) returned: Returned,
    pub(crate) body: Group,
}

impl Function {
    /// Takes a function's tokens apart: attributes, qualifiers, `fn`, name, generics, arguments, the
    /// type behind the arrow up to `where` or the body, and the body, which is the last of them.
    pub(crate) fn parse(item: TokenStream) -> Result<Self, Problem> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        let no_function = |at| Problem::new(at, "`#[span]` stands before a function");
        let keyword = tokens.iter().position(|token| is_word(token, "fn"));
        let keyword = keyword.ok_or_else(|| no_function(Span::call_site()))?;
        let Some(TokenTree::Ident(name)) = tokens.get(keyword + 1).cloned() else {
            return Err(no_function(Span::call_site()));
        };
        let body = match tokens.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            _ => return Err(Problem::new(name.span(), "`#[span]` needs a function with a body")),
        };
        let before = tokens.get(..keyword).unwrap_or_default();
        if let Some(constant) = before.iter().find(|token| is_word(token, "const")) {
            let why = "a span is made at run time: a `const fn` can't have one";
            return Err(Problem::new(constant.span(), why));
        }
        let is_async = before.iter().any(|token| is_word(token, "async"));
        let returned =
            Returned::parse(behind_arguments(tokens.get(keyword + 2..).unwrap_or_default()));
        Ok(Self { signature: tokens.into_iter().collect(), name, is_async, returned, body })
    }
}

/// Whether it is this keyword.
pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}

/// Whether it is this character.
pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// What follows the arguments. These are the first parentheses outside the generics, in which there
/// may be others (`F: Fn(u8) -> u8`).
fn behind_arguments(tokens: &[TokenTree]) -> &[TokenTree] {
    let mut depth = 0_u32;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group)
                if depth == 0 && group.delimiter() == Delimiter::Parenthesis =>
            {
                return tokens.get(index + 1..).unwrap_or_default();
            }
            token if is_punct(token, '<') => depth += 1,
            token if is_punct(token, '>') && !is_arrow_head(tokens, index) => {
                depth = depth.saturating_sub(1);
            }
            _ => {}
        }
    }
    &[]
}

/// Whether the `>` at `index` is that of an arrow.
pub(crate) fn is_arrow_head(tokens: &[TokenTree], index: usize) -> bool {
    index > 0 && tokens.get(index - 1).is_some_and(|before| is_punct(before, '-'))
}

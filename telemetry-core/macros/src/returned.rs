use proc_macro::{Ident, Span, TokenStream, TokenTree};

use crate::function::{is_arrow_head, is_punct, is_word};

/// What a function returns.
#[derive(Debug)]
pub(crate) struct Returned {
    /// The type; nothing for `()`.
    pub(crate) tokens: Vec<TokenTree>,
    pub(crate) form: Form,
}

/// In which way the output comes.
#[derive(Debug)]
pub(crate) enum Form {
    /// It is the output.
    Output,
    /// By a future, `impl Future<Output = …>`.
    Future(Vec<TokenTree>),
    /// By a future in a box, as `async_trait` and object-safe traits have it.
    BoxedFuture(Vec<TokenTree>),
}

impl Returned {
    /// Reads what stands between a function's arguments and its body.
    pub(crate) fn parse(tokens: &[TokenTree]) -> Self {
        let end = tokens.iter().position(|token| is_word(token, "where")).unwrap_or(tokens.len());
        let tokens: Vec<TokenTree> = match tokens.get(..end).unwrap_or_default() {
            [dash, head, rest @ ..] if is_punct(dash, '-') && is_punct(head, '>') => rest.to_vec(),
            _ => Vec::new(),
        };
        let form = form(&tokens);
        Self { tokens, form }
    }
}

/// The type with `_` in place of each `impl …`, which can't be written within a function.
pub(crate) fn without_impl(tokens: &[TokenTree]) -> TokenStream {
    let mut kept = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        if is_word(token, "impl") {
            kept.push(Ident::new("_", Span::mixed_site()).into());
            index += argument_len(tokens.get(index..).unwrap_or_default());
            continue;
        }
        kept.push(match token {
            // A tuple, an array.
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut inner = proc_macro::Group::new(group.delimiter(), without_impl(&inner));
                inner.set_span(group.span());
                inner.into()
            }
            other => other.clone(),
        });
        index += 1;
    }
    kept.into_iter().collect()
}

fn form(tokens: &[TokenTree]) -> Form {
    let has = |word| tokens.iter().any(|token| is_word(token, word));
    let opens_with = |word| tokens.first().is_some_and(|token| is_word(token, word));
    if let Some(at) =
        tokens.iter().position(|one| is_word(one, "BoxFuture") || is_word(one, "LocalBoxFuture"))
    {
        // `BoxFuture<'a, T>`: the last argument.
        let arguments = tokens.get(at + 2..).unwrap_or_default();
        let first = argument_len(arguments);
        let second = arguments.get(first + 1..).unwrap_or_default();
        let output = second.get(..argument_len(second)).unwrap_or_default();
        return Form::BoxedFuture(output.to_vec());
    }
    match output_of_future(tokens) {
        Some(output) if has("Pin") && has("Box") && has("dyn") => Form::BoxedFuture(output),
        Some(output) if opens_with("impl") => Form::Future(output),
        _ => Form::Output,
    }
}

/// `T` of the first `Future<Output = T>`.
fn output_of_future(tokens: &[TokenTree]) -> Option<Vec<TokenTree>> {
    let start = tokens.iter().position(|token| is_word(token, "Future"))?;
    match tokens.get(start + 1..)? {
        [open, name, equals, rest @ ..]
            if is_punct(open, '<') && is_word(name, "Output") && is_punct(equals, '=') =>
        {
            rest.get(..argument_len(rest)).map(<[TokenTree]>::to_vec)
        }
        _ => None,
    }
}

/// How many tokens there are up to the comma or the bracket that ends a generic argument.
fn argument_len(tokens: &[TokenTree]) -> usize {
    let mut depth = 0_u32;
    for (index, token) in tokens.iter().enumerate() {
        if is_punct(token, '<') {
            depth += 1;
        } else if is_punct(token, '>') && !is_arrow_head(tokens, index) {
            if depth == 0 {
                return index;
            }
            depth -= 1;
        } else if is_punct(token, ',') && depth == 0 {
            return index;
        }
    }
    tokens.len()
}

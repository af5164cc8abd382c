use proc_macro::{Delimiter, Group, Literal, TokenStream, TokenTree};

use crate::function::{Function, is_punct, is_word};
use crate::options::Options;
use crate::problem::Problem;
use crate::returned::{Form, without_impl};
use crate::template::fill;

/// The function with a span around its body.
pub(crate) fn expand(options: &Options, function: &Function) -> Result<TokenStream, Problem> {
    let body = if function.is_async {
        async_body(options, function)?
    } else {
        match &function.returned.form {
            Form::Output => sync_body(options, function)?,
            Form::Future(output) => fill(
                "OBSERVE(BUILDER, (move || BODY)(), JUDGE)",
                &parts(options, function, output)?,
            )?,
            Form::BoxedFuture(output) => boxed_body(options, function, output)?,
        }
    };
    let mut block = Group::new(Delimiter::Brace, body);
    block.set_span(function.body.span());
    Ok(function.signature.clone().into_iter().chain([TokenTree::from(block)]).collect())
}

fn async_body(options: &Options, function: &Function) -> Result<TokenStream, Problem> {
    // The type of an async block isn't known to what `?` does in it, hence the return that never
    // happens.
    let code = "OBSERVE(
        BUILDER,
        async move {
            if let ::core::option::Option::Some(output) = PRIVATE::output_type::<OUTPUT>() {
                return output;
            }
            BODY
        },
        JUDGE
    ).await";
    fill(code, &parts(options, function, &function.returned.tokens)?)
}

fn sync_body(options: &Options, function: &Function) -> Result<TokenStream, Problem> {
    let code = if function.returned.tokens.is_empty() {
        "PRIVATE::observe_call(BUILDER, move || BODY, JUDGE)"
    } else {
        "PRIVATE::observe_call(BUILDER, move || -> OUTPUT BODY, JUDGE)"
    };
    fill(code, &parts(options, function, &function.returned.tokens)?)
}

/// A function that returns a future in a box. Where its last words are `Box::pin(future)` and there is no
/// other way out, as in all that `async_trait` makes, the span goes into that box; else another is needed
/// around it.
fn boxed_body(
    options: &Options,
    function: &Function,
    output: &[TokenTree],
) -> Result<TokenStream, Problem> {
    let mut parts = parts(options, function, output)?;
    let mut body: Vec<TokenTree> = function.body.stream().into_iter().collect();
    if ends_with_box_pin(&body)
        && let Some(TokenTree::Group(future)) = body.pop()
    {
        parts.push(("FUTURE", future.stream()));
        let observed = fill("(OBSERVE(BUILDER, FUTURE, JUDGE))", &parts)?;
        return Ok(body.into_iter().chain(observed).collect());
    }
    parts.push(("RETURNED", function.returned.tokens.iter().cloned().collect()));
    fill("::std::boxed::Box::pin(OBSERVE(BUILDER, (move || -> RETURNED BODY)(), JUDGE))", &parts)
}

/// Whether the last expression is `Box::pin(…)`, by whatever path.
fn ends_with_box_pin(body: &[TokenTree]) -> bool {
    let [before @ .., boxed, colon, other, pin, TokenTree::Group(arguments)] = body else {
        return false;
    };
    let is_call = is_word(boxed, "Box")
        && is_punct(colon, ':')
        && is_punct(other, ':')
        && is_word(pin, "pin")
        && arguments.delimiter() == Delimiter::Parenthesis;
    if before.iter().any(leaves) {
        return false;
    }
    let in_path = |token: &&TokenTree| {
        is_punct(token, ':') || is_word(token, "std") || is_word(token, "boxed")
    };
    let statement = before.iter().rev().find(|token| !in_path(token));
    is_call
        && statement.is_none_or(|token| {
            is_punct(token, ';')
                || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
        })
}

/// Whether the function may end here or in there.
fn leaves(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.stream().into_iter().any(|token| leaves(&token)),
        token => is_word(token, "return") || is_punct(token, '?'),
    }
}

/// What the templates have names for.
fn parts(
    options: &Options,
    function: &Function,
    output: &[TokenTree],
) -> Result<Vec<(&'static str, TokenStream)>, Problem> {
    let krate = match &options.krate {
        Some(path) => path.clone(),
        None => fill("::telemetry_core", &[])?,
    };
    let name = options.name.clone().unwrap_or_else(|| {
        let name = function.name.to_string();
        // A raw identifier is called what it is called elsewhere.
        let mut name = Literal::string(name.strip_prefix("r#").unwrap_or(&name));
        name.set_span(function.name.span());
        TokenTree::from(name).into()
    });
    let output = match output {
        [] => fill("()", &[])?,
        tokens => without_impl(tokens),
    };
    let mut parts = vec![("CRATE", krate), ("NAME", name), ("OUTPUT", output)];
    parts.push(("PRIVATE", fill("CRATE::macros::private", &parts)?));
    parts.push(("OBSERVE", fill("PRIVATE::observe", &parts)?));
    parts.push(("FIELDS", options.fields.clone().unwrap_or_default()));
    let builder = match options.kind {
        Some(kind) => format!("CRATE::span!(NAME FIELDS).kind(CRATE::SpanKind::{kind})"),
        None => "CRATE::span!(NAME FIELDS)".to_owned(),
    };
    parts.push(("BUILDER", fill(&builder, &parts)?));
    let judge = if options.skip_err {
        "|_: &OUTPUT| ::core::option::Option::None"
    } else {
        "|output: &OUTPUT| {
            #[allow(unused_imports)]
            use PRIVATE::{OfAnything as _, OfClassified as _, OfResult as _};
            (&&&PRIVATE::Judge(output)).class()
        }"
    };
    parts.push(("JUDGE", fill(judge, &parts)?));
    parts.push(("BODY", TokenTree::from(function.body.clone()).into()));
    Ok(parts)
}

use proc_macro::{Group, Span, TokenStream, TokenTree};

use crate::problem::Problem;

/// Reads `code` and puts each of `parts` where its name stands, with the spans that it has. The
/// names of the code itself are the macro's own and can't meet those of the function.
pub(crate) fn fill(code: &str, parts: &[(&str, TokenStream)]) -> Result<TokenStream, Problem> {
    let failed = |error| Problem::new(Span::call_site(), format!("{error}"));
    Ok(replace(code.parse::<TokenStream>().map_err(failed)?, parts))
}

fn replace(tokens: TokenStream, parts: &[(&str, TokenStream)]) -> TokenStream {
    let replaced = tokens.into_iter().flat_map(|mut token| {
        token.set_span(Span::mixed_site());
        match token {
            TokenTree::Group(group) => {
                let mut filled = Group::new(group.delimiter(), replace(group.stream(), parts));
                filled.set_span(Span::mixed_site());
                TokenStream::from(TokenTree::from(filled))
            }
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                let part = parts.iter().find(|(part, _)| *part == name);
                part.map_or_else(|| TokenTree::from(ident).into(), |(_, tokens)| tokens.clone())
            }
            other => other.into(),
        }
    });
    replaced.collect()
}

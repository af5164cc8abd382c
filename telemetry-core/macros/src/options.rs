use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use crate::problem::Problem;

const ALLOWED: &str = "`#[span]` takes `name = …`, `kind = \"…\"`, `fields(\"key\" = value, …)`, `skip_err` and `crate = path`";
const KINDS: [(&str, &str); 5] = [
    ("internal", "Internal"),
    ("server", "Server"),
    ("client", "Client"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

/// What stands in the parentheses of the attribute.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// The span's name, an expression; the function's name without it.
    pub(crate) name: Option<TokenStream>,
    /// A variant of `SpanKind`.
    pub(crate) kind: Option<&'static str>,
    /// `"key" = value, …`, as `span!` takes them.
    pub(crate) fields: Option<TokenStream>,
    /// Whether an error is none of the span's.
    pub(crate) skip_err: bool,
    /// The path of the crate `telemetry_core`.
    pub(crate) krate: Option<TokenStream>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self, Problem> {
        let mut options = Self::default();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let at = token.span();
            let name = token.to_string();
            let mut group = None;
            let mut value = TokenStream::new();
            match tokens.peek() {
                Some(TokenTree::Group(found)) => {
                    group = Some(found.clone());
                    tokens.next();
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
                    tokens.next();
                    value = until_comma(&mut tokens);
                }
                _ => {}
            }
            match tokens.next() {
                None => {}
                Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => {}
                Some(other) => return Err(Problem::new(other.span(), ALLOWED)),
            }
            options.set(&name, at, value, group)?;
        }
        Ok(options)
    }

    fn set(
        &mut self,
        name: &str,
        at: Span,
        value: TokenStream,
        group: Option<Group>,
    ) -> Result<(), Problem> {
        let has_value = !value.is_empty();
        let twice = match (name, group) {
            ("name", None) if has_value => self.name.replace(value).is_some(),
            ("kind", None) if has_value => self.kind.replace(kind(value, at)?).is_some(),
            ("crate", None) if has_value => self.krate.replace(value).is_some(),
            ("skip_err", None) if !has_value => std::mem::replace(&mut self.skip_err, true),
            ("fields", Some(group))
                if !has_value && group.delimiter() == Delimiter::Parenthesis =>
            {
                self.fields.replace(with_comma_in_front(group.stream())).is_some()
            }
            _ => return Err(Problem::new(at, ALLOWED)),
        };
        if twice {
            return Err(Problem::new(at, format!("`{name}` is said twice")));
        }
        Ok(())
    }
}

/// The variant of `SpanKind` that this string names.
fn kind(value: TokenStream, at: Span) -> Result<&'static str, Problem> {
    let said = value.to_string();
    let known = KINDS.iter().find(|(name, _)| said == format!("\"{name}\""));
    known.map(|(_, variant)| *variant).ok_or_else(|| {
        let names = KINDS.map(|(name, _)| format!("\"{name}\"")).join(", ");
        let at = value.into_iter().next().map_or(at, |token| token.span());
        Problem::new(at, format!("the kind of a span is one of {names}"))
    })
}

/// Takes tokens up to the next comma, which stays. What comes in brackets is one token.
fn until_comma(tokens: &mut std::iter::Peekable<impl Iterator<Item = TokenTree>>) -> TokenStream {
    let comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    std::iter::from_fn(|| tokens.next_if(|token| !comma(token))).collect()
}

/// As they follow the name in `span!`.
fn with_comma_in_front(fields: TokenStream) -> TokenStream {
    if fields.is_empty() {
        return fields;
    }
    let comma = proc_macro::Punct::new(',', proc_macro::Spacing::Alone);
    std::iter::once(TokenTree::from(comma)).chain(fields).collect()
}

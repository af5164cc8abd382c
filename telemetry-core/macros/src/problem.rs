use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// Why the attribute can't be used like this, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    at: Span,
    message: String,
}

impl Problem {
    pub(crate) fn new(at: Span, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    /// The compiler says the message at the place.
    pub(crate) fn into_compile_error(self) -> TokenStream {
        let mut message = TokenTree::from(Literal::string(&self.message));
        message.set_span(self.at);
        let mut arguments = Group::new(Delimiter::Brace, message.into());
        arguments.set_span(self.at);
        let punct = |character, spacing| {
            let mut punct = Punct::new(character, spacing);
            punct.set_span(self.at);
            TokenTree::from(punct)
        };
        let ident = |name| TokenTree::from(Ident::new(name, self.at));
        let path_separator = || [punct(':', Spacing::Joint), punct(':', Spacing::Alone)];
        let mut tokens = TokenStream::new();
        tokens.extend(path_separator());
        tokens.extend([ident("core")]);
        tokens.extend(path_separator());
        tokens.extend([ident("compile_error"), punct('!', Spacing::Alone), arguments.into()]);
        tokens
    }
}

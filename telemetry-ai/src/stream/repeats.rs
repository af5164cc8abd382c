//! Events that say nothing new.

use super::{
    Reply, Scanner,
    members::{elements, members},
    node::Node,
    text::{End, end_of_text},
};

/// Longer documents aren't compared with.
const LONGEST: usize = 2 * 1024;
/// Texts that may differ, at most.
const MOST_TEXTS: usize = 16;
/// Values in each other, at most.
const DEEPEST: usize = 8;
/// So many documents at the most are read before another one is tried as a pattern.
const LONGEST_PAUSE: u32 = 63;
/// A pattern of which so many followed was worth it.
const WORTH_IT: u32 = 8;

/// Passes over the documents of a stream that are as one before, but for texts that nobody wants: nearly
/// all are, since they bring a piece of the answer each. Reading one of them would do what reading the one
/// before did, and that was seen to change nothing.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    pattern: Option<Pattern>,
    /// Documents that were as the pattern.
    followed: u32,
    /// Documents to be read before another one is tried, and how many they were the last time.
    wait: u32,
    pause: u32,
}

/// A document whose reading changed nothing.
#[derive(Debug)]
struct Pattern {
    document: Box<[u8]>,
    /// Where the texts that may differ begin and end, without their quotes.
    texts: Vec<(usize, usize)>,
}

impl Repeats {
    /// Reads a document that is here as a whole, by a scanner that is at the beginning of one.
    pub(super) fn read(
        &mut self,
        document: &[u8],
        scanner: &mut Scanner<Reply>,
        reply: &mut Reply,
    ) {
        if let Some(pattern) = &self.pattern {
            if pattern.is_followed_by(document) {
                self.followed = self.followed.saturating_add(1);
                return scanner.pass_over();
            }
            self.give_up();
        }
        if self.wait > 0 || document.len() > LONGEST {
            self.wait = self.wait.saturating_sub(1);
            return scanner.feed(document, reply);
        }
        let (before, documents) = (reply.clone(), scanner.documents());
        scanner.feed(document, reply);
        // What holds for a state holds as long as the state does: until something else is read.
        let is_one = scanner.is_between_documents() && scanner.documents() == documents + 1;
        if is_one && *reply == before {
            self.pattern = Pattern::of(scanner.root(), document);
        }
        if self.pattern.is_none() {
            self.give_up();
        }
    }

    /// What was read otherwise may have changed the state.
    pub(super) fn interrupted(&mut self) {
        self.pattern = None;
    }

    fn give_up(&mut self) {
        self.pattern = None;
        let worth_it = std::mem::take(&mut self.followed) >= WORTH_IT;
        self.pause = if worth_it { 0 } else { (2 * self.pause + 1).min(LONGEST_PAUSE) };
        self.wait = self.pause;
    }
}

impl Pattern {
    fn of(root: &'static Node<Reply>, document: &[u8]) -> Option<Self> {
        let mut texts = Texts { document, found: Vec::new() };
        texts.within(Some(root), document, 0)?;
        Some(Self { document: document.into(), texts: texts.found })
    }

    fn is_followed_by(&self, document: &[u8]) -> bool {
        let (mut own, mut rest) = (0, document);
        for &(begin, end) in &self.texts {
            let same = self.document.get(own..begin).and_then(|same| rest.strip_prefix(same));
            let Some(text) = same else { return false };
            let End::At(length) = end_of_text(text, false) else { return false };
            (own, rest) = (end, text.get(length..).unwrap_or_default());
        }
        self.document.get(own..) == Some(rest)
    }
}

/// Finds the texts that nobody wants.
struct Texts<'d> {
    document: &'d [u8],
    found: Vec<(usize, usize)>,
}

impl Texts<'_> {
    /// Finds those within a value of which `node` is wanted; `None` if there are too many. What isn't
    /// gone into has to be the same.
    fn within(
        &mut self,
        node: Option<&'static Node<Reply>>,
        value: &[u8],
        depth: usize,
    ) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match (value.first()?, node) {
            (b'"', None) => self.found(value),
            (b'{', node) if node.is_none_or(|node| node.whole.is_none()) => {
                for (key, value) in members(value) {
                    self.within(node.and_then(|node| node.member(key)), value, depth + 1)?;
                }
                Some(())
            }
            (b'[', Some(node)) if node.whole.is_none() && node.element.is_some() => {
                for element in elements(value) {
                    self.within(node.element, element, depth + 1)?;
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    fn found(&mut self, text: &[u8]) -> Option<()> {
        let begin = (text.as_ptr() as usize).checked_sub(self.document.as_ptr() as usize)? + 1;
        self.found.push((begin, begin + text.len().checked_sub(2)?));
        (self.found.len() <= MOST_TEXTS).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::provider::openai::CHAT;

    fn chunk(text: &str) -> String {
        format!(
            r#"{{"id":"c","object":"o","created":17,"model":"m","choices":[{{"index":0,"delta":{{"content":"{text}","n":[1,"x"]}},"finish_reason":null}}],"usage":null}}"#
        )
    }

    fn pattern() -> Pattern {
        Pattern::of(&CHAT, chunk(" a").as_bytes()).unwrap()
    }

    #[test]
    fn only_texts_that_nobody_wants_may_differ() {
        let pattern = pattern();
        for same in
            [chunk(""), chunk(r#"a \"usage\": {} \\"#), chunk("x").replace(r#""o""#, r#""p""#)]
        {
            assert!(pattern.is_followed_by(same.as_bytes()), "{same}");
        }
        let x = chunk("x");
        for other in [
            x.replace(r#""c""#, r#""d""#),
            x.replace(r#""m""#, r#""n""#),
            x.replace("17", "18"),
            x.replace(r#"n":null"#, r#"n":"stop""#),
            x.replace(r#""usage":null"#, r#""usage":{}"#),
            x.replace(r#""content""#, r#""refusal""#),
            x.replace(r#""x"]"#, r#""y"]"#),
            x[..x.len() - 1].to_owned(),
            format!("{x} "),
            String::new(),
        ] {
            assert!(!pattern.is_followed_by(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn documents_that_differ_or_change_something_are_tried_ever_less_often() {
        let (mut repeats, mut scanner) = (Repeats::default(), Scanner::new(&CHAT));
        let mut reply = Reply::default();
        for number in 0..1_000 {
            let document = format!(r#"{{"usage":{{"prompt_tokens":{number}}}}}"#);
            repeats.read(document.as_bytes(), &mut scanner, &mut reply);
            assert!(repeats.pattern.is_none());
            scanner.reset();
        }
        assert_eq!(repeats.pause, LONGEST_PAUSE);
        assert_eq!(reply.usage.unwrap().input_tokens, Some(999));
    }

    #[test]
    fn what_counts_is_counted_each_time() {
        let (mut repeats, mut scanner) = (Repeats::default(), Scanner::new(&COUNTED));
        let mut reply = Reply::default();
        for _ in 0..20 {
            repeats.read(br#"{"counted":1,"text":"a"}"#, &mut scanner, &mut reply);
            scanner.reset();
        }
        assert_eq!(reply.chunks, 20);
    }

    static COUNTED: Node<Reply> =
        Node::object(&[("counted", Node::scalar(|reply, _| reply.chunks += 1))]);

    proptest! {
        #[test]
        fn passing_over_leaves_what_reading_would(documents in proptest::collection::vec(
            (0_usize..4, prop_oneof![Just("null"), Just("\"stop\"")], prop_oneof![3 => Just("null"), 1 => Just(r#"{"completion_tokens":7}"#)], "[a-z\\\\]{0,3}"),
            0..40,
        )) {
            let (mut repeats, mut scanner) = (Repeats::default(), Scanner::new(&CHAT));
            let (mut passed, mut read) = (Reply::default(), Reply::default());
            for (index, reason, usage, text) in documents {
                let text = text.replace('\\', r"\\");
                let document = format!(
                    r#"{{"id":"c{index}","choices":[{{"index":{index},"delta":{{"content":"{text}"}},"finish_reason":{reason}}}],"usage":{usage}}}"#
                );
                repeats.read(document.as_bytes(), &mut scanner, &mut passed);
                scanner.reset();
                Scanner::new(&CHAT).feed(document.as_bytes(), &mut read);
                prop_assert_eq!(&passed, &read);
            }
        }
    }
}

use std::sync::OnceLock;

/// A method that may become a label: the place in the list of known ones, the first of which stands
/// for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Method(u16);

/// Those of RFC 9110, `PATCH` and `QUERY`, the most frequent first.
const KNOWN: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "CONNECT", "TRACE"];

/// Replaces the list.
const VARIABLE: &str = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

impl Method {
    const OTHER: Self = Self(0);
    #[cfg(test)]
    pub(super) const GET: Self = Self(1);

    /// The method of a request.
    #[inline]
    pub(crate) fn of(method: &http::Method) -> Self {
        let [get, post, put, delete, patch, head, options] = &known().standard;
        *match *method {
            http::Method::GET => get,
            http::Method::POST => post,
            http::Method::PUT => put,
            http::Method::DELETE => delete,
            http::Method::PATCH => patch,
            http::Method::HEAD => head,
            http::Method::OPTIONS => options,
            _ => return known().find(method.as_str()),
        }
    }

    /// For `http.request.method`.
    #[inline]
    pub(crate) fn as_str(self) -> &'static str {
        known().names.get(usize::from(self.0)).map_or("_OTHER", |known| *known)
    }

    /// For the names of spans.
    pub(crate) fn in_names(self) -> &'static str {
        if self.is_other() { "HTTP" } else { self.as_str() }
    }

    /// Different for each.
    #[inline]
    pub(crate) fn number(self) -> u16 {
        self.0
    }

    #[inline]
    pub(crate) fn is_other(self) -> bool {
        self == Self::OTHER
    }
}

/// The methods that may become labels.
struct Known {
    /// After the name for all others.
    names: Vec<&'static str>,
    /// What the first seven of [`KNOWN`] are among them, to spare comparing texts.
    standard: [Method; 7],
}

#[inline]
fn known() -> &'static Known {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    KNOWN.get_or_init(|| Known::new(list(std::env::var(VARIABLE).ok())))
}

impl Known {
    fn new(names: Vec<&'static str>) -> Self {
        let mut known = Self { names, standard: [Method::OTHER; 7] };
        let [get, post, put, delete, patch, head, options, ..] = KNOWN;
        let standard = [get, post, put, delete, patch, head, options];
        known.standard = standard.map(|method| known.find(method));
        known
    }

    fn find(&self, sent: &str) -> Method {
        let place = self.names.iter().skip(1).position(|known| *known == sent);
        place.and_then(|place| u16::try_from(place + 1).ok()).map_or(Method::OTHER, Method)
    }
}

fn list(variable: Option<String>) -> Vec<&'static str> {
    let mut list = vec!["_OTHER"];
    // An empty variable counts as unset, as the specification has it.
    match variable.filter(|variable| !variable.is_empty()) {
        // Kept for the life of the process, once.
        Some(variable) => {
            let variable: &'static str = Box::leak(variable.into_boxed_str());
            let names = variable.split(',').map(str::trim);
            list.extend(names.filter(|name| !name.is_empty()));
        }
        None => list.extend(KNOWN),
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_replaces_the_list() {
        let custom = list(Some("GET, PROPFIND,,get".to_owned()));
        assert_eq!(custom, ["_OTHER", "GET", "PROPFIND", "get"]);
        assert_eq!(list(Some(String::new())), list(None));
        assert_eq!(list(None).len(), 11);
    }

    #[test]
    fn each_known_method_is_itself() {
        for name in KNOWN {
            let method = http::Method::from_bytes(name.as_bytes()).unwrap();
            assert_eq!(Method::of(&method).as_str(), name);
        }
    }

    #[test]
    fn a_method_in_small_letters_is_another() {
        let method = http::Method::from_bytes(b"get").unwrap();
        assert_eq!(Method::of(&method).as_str(), "_OTHER");
        assert_eq!(Method::of(&http::Method::from_bytes(b"QUERY").unwrap()).as_str(), "QUERY");
    }
}

use http::{Method, StatusCode};

/// What a request's method means for the body of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyRule {
    Usual,
    /// Only the head is sent.
    Head,
    /// What follows an accepted `CONNECT` isn't the answer's.
    Connect,
}

impl BodyRule {
    #[inline]
    pub(crate) fn of(method: &Method) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Connect,
            _ => Self::Usual,
        }
    }

    /// Whether anything that is the answer's is sent after a head with this status.
    #[inline]
    pub(crate) fn has_body(self, status: StatusCode) -> bool {
        let by_method = match self {
            Self::Usual => true,
            Self::Head => false,
            Self::Connect => !status.is_success(),
        };
        let without = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        by_method && !status.is_informational() && !without
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_without_a_body_are_known_by_method_and_status() {
        for (method, status, has_body) in [
            (Method::GET, 200, true),
            (Method::POST, 500, true),
            (Method::HEAD, 200, false),
            (Method::GET, 101, false),
            (Method::GET, 204, false),
            (Method::GET, 304, false),
            (Method::CONNECT, 200, false),
            (Method::CONNECT, 403, true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(BodyRule::of(&method).has_body(status), has_body, "{method} {status}");
        }
    }
}

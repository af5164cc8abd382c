//! Chat completions, OpenAI's and compatible ones.

use std::{borrow::Cow, fmt};

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::RequestParameters;

/// Longer model names are cut.
const LONGEST_NAME: usize = 256;
/// OpenAI takes no more stop sequences than this.
const MOST_STOPS: usize = 4;

/// Reads the parameters of a request body, and nothing else of it.
///
/// Only top-level keys are looked at; messages are skipped where they lie, never copied. A body
/// that is cut short or malformed gives what came before.
pub(crate) fn parse_request(body: &[u8]) -> RequestParameters {
    let mut parameters = RequestParameters::default();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    // An error ends the reading; what was read stands.
    let _ = deserializer.deserialize_map(Body(&mut parameters));
    parameters
}

struct Body<'p>(&'p mut RequestParameters);

impl<'de> Visitor<'de> for Body<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a request")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let parameters = self.0;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if !read_member(&key, &mut map, parameters)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Reads the value of one of our keys; `false` leaves it to the caller.
fn read_member<'de, A: MapAccess<'de>>(
    key: &str,
    map: &mut A,
    parameters: &mut RequestParameters,
) -> Result<bool, A::Error> {
    let p = parameters;
    match key {
        "model" => p.model = map.next_value_seed(Name)?.filter(|name| !name.is_empty()),
        "stream" => p.stream = matches!(map.next_value_seed(Scalar)?, Some(Number::Bool(true))),
        // The older name; the newer one wins wherever it stands.
        "max_tokens" => p.max_tokens = p.max_tokens.or(integer(map)?),
        "max_completion_tokens" => p.max_tokens = integer(map)?.or(p.max_tokens),
        "temperature" => p.temperature = float(map)?,
        "top_p" => p.top_p = float(map)?,
        "top_k" => p.top_k = integer(map)?,
        "frequency_penalty" => p.frequency_penalty = float(map)?,
        "presence_penalty" => p.presence_penalty = float(map)?,
        "n" => p.choice_count = integer(map)?,
        "seed" => p.seed = integer(map)?,
        "stop" => map.next_value_seed(Stops(&mut p.stop_sequences))?,
        "reasoning_effort" => p.reasoning_level = map.next_value_seed(Name)?,
        "service_tier" => p.service_tier = map.next_value_seed(Name)?,
        "response_format" => p.output_type = map.next_value_seed(Format)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn integer<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<i64>, A::Error> {
    Ok(match map.next_value_seed(Scalar)? {
        Some(Number::Integer(value)) => Some(value),
        _ => None,
    })
}

fn float<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<f64>, A::Error> {
    #[expect(clippy::cast_precision_loss, reason = "a setting of a few digits")]
    Ok(match map.next_value_seed(Scalar)? {
        Some(Number::Float(value)) => Some(value),
        Some(Number::Integer(value)) => Some(value as f64),
        _ => None,
    })
}

enum Number {
    Bool(bool),
    Integer(i64),
    Float(f64),
}

/// Visits any value and takes those of a few types; others count as absent. An object or array, and
/// so anything that might be content, is skipped.
macro_rules! lenient_seed {
    ($name:ident -> $value:ty { $($body:item)* }) => {
        impl<'de> DeserializeSeed<'de> for $name {
            type Value = Option<$value>;
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_any(self)
            }
        }
        impl<'de> Visitor<'de> for $name {
            type Value = Option<$value>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a parameter")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(None)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(None)
            }
            $($body)*
        }
    };
}

struct Scalar;

lenient_seed!(Scalar -> Number {
    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Number::Bool(value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Number::Integer(value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).ok().map(Number::Integer))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(Number::Float(value)))
    }
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
});

struct Name;

lenient_seed!(Name -> String {
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value[..value.floor_char_boundary(LONGEST_NAME)].to_owned()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
});

/// `response_format.type`, as the conventions' kind of output.
struct Format;

lenient_seed!(Format -> &'static str {
    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut kind = None;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == "type" {
                kind = match map.next_value_seed(Name)?.as_deref() {
                    Some("text") => Some("text"),
                    Some("json_object" | "json_schema") => Some("json"),
                    _ => None,
                };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(kind)
    }
});

/// One sequence, or an array of them.
struct Stops<'p>(&'p mut Vec<String>);

impl<'de> DeserializeSeed<'de> for Stops<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Stops<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("stop sequences")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.push(value[..value.floor_char_boundary(LONGEST_NAME)].to_owned());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(stop) = seq.next_element_seed(Name)? {
            self.0.extend(stop.filter(|_| self.0.len() < MOST_STOPS));
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(A::Error::custom("not a stop sequence"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REQUEST: &str = r#"{"messages":[{"role":"user","content":"\"model\":\"x\" secret"}],"model":"gpt-4o","stream":true,
        "stream_options":{"include_usage":true},"max_tokens":5,"max_completion_tokens":100,"temperature":0,"top_p":0.5,"n":2,
        "seed":-7,"stop":["a","b","c","d","e"],"frequency_penalty":0.25,"presence_penalty":-1,"reasoning_effort":"low",
        "response_format":{"json_schema":{"type":"secret"},"type":"json_schema"},"service_tier":"flex","top_k":40,"user":"u"}"#;

    #[test]
    fn reads_the_parameters_and_no_message() {
        let parameters = parse_request(REQUEST.as_bytes());
        let expected = RequestParameters {
            model: Some("gpt-4o".to_owned()),
            stream: true,
            max_tokens: Some(100),
            temperature: Some(0.0),
            top_p: Some(0.5),
            top_k: Some(40),
            frequency_penalty: Some(0.25),
            presence_penalty: Some(-1.0),
            stop_sequences: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
            choice_count: Some(2),
            seed: Some(-7),
            reasoning_level: Some("low".to_owned()),
            output_type: Some("json"),
            service_tier: Some("flex".to_owned()),
        };
        assert_eq!(parameters, expected);
        assert!(!format!("{parameters:?}").contains("secret"));
    }

    #[test]
    fn values_of_other_types_count_as_absent() {
        let parameters = parse_request(
            br#"{"model":7,"stream":"yes","max_tokens":[1],"temperature":{"a":1},"n":1.5,"seed":99999999999999999999,
                "stop":"END","response_format":"json","reasoning_effort":null,"service_tier":[],"top_p":"0.5","top_k":4}"#,
        );
        assert_eq!(
            parameters,
            RequestParameters {
                stop_sequences: vec!["END".to_owned()],
                top_k: Some(4),
                ..RequestParameters::default()
            }
        );
    }

    #[test]
    fn what_came_before_a_cut_stands() {
        let cut = &REQUEST.as_bytes()[..REQUEST.find("\"stream_options\"").unwrap()];
        let parameters = parse_request(cut);
        assert_eq!(parameters.model.as_deref(), Some("gpt-4o"));
        assert!(parameters.stream);
        assert_eq!(parse_request(b"not json"), RequestParameters::default());
        assert_eq!(parse_request(b"[1,2]"), RequestParameters::default());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse_request(&bytes);
        }

        #[test]
        fn no_cut_makes_it_panic(at in 0_usize..2000) {
            parse_request(&REQUEST.as_bytes()[..at.min(REQUEST.len())]);
        }
    }
}

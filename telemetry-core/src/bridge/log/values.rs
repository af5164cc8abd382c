use log::kv::{self, Key, VisitSource, VisitValue};

use crate::attribute::Value;
use crate::bridge::privacy;
use crate::bridge::text::{Text, cut};
use crate::event::Event;

/// Makes a record's key-values the attributes of an event.
pub(super) struct Values<'a, 'e> {
    pub(super) event: &'a mut Event<'e>,
    pub(super) target: &'a str,
}

impl<'kvs> VisitSource<'kvs> for Values<'_, '_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let key = key.as_str();
        if privacy::withholds_field(self.target, key) {
            return Ok(());
        }
        value.visit(One { event: self.event, key })
    }
}

/// One value, on its way into its attribute.
struct One<'a, 'e> {
    event: &'a mut Event<'e>,
    key: &'a str,
}

impl One<'_, '_> {
    fn set<'v>(&mut self, value: impl Into<Value<'v>>) -> Result<(), kv::Error> {
        self.event.set(self.key, value.into());
        Ok(())
    }
}

impl<'v> VisitValue<'v> for One<'_, '_> {
    fn visit_any(&mut self, value: kv::Value<'_>) -> Result<(), kv::Error> {
        let mut text = Text::new();
        text.push(format_args!("{value}"));
        self.set(text.as_str())
    }
    fn visit_null(&mut self) -> Result<(), kv::Error> {
        Ok(())
    }
    fn visit_u64(&mut self, value: u64) -> Result<(), kv::Error> {
        self.set(value)
    }
    fn visit_i64(&mut self, value: i64) -> Result<(), kv::Error> {
        self.set(value)
    }
    fn visit_u128(&mut self, value: u128) -> Result<(), kv::Error> {
        self.set(i64::try_from(value).map_or(Value::F64(value as f64), Value::I64))
    }
    fn visit_i128(&mut self, value: i128) -> Result<(), kv::Error> {
        self.set(i64::try_from(value).map_or(Value::F64(value as f64), Value::I64))
    }
    fn visit_f64(&mut self, value: f64) -> Result<(), kv::Error> {
        self.set(value)
    }
    fn visit_bool(&mut self, value: bool) -> Result<(), kv::Error> {
        self.set(value)
    }
    fn visit_str(&mut self, value: &str) -> Result<(), kv::Error> {
        self.set(cut(value))
    }
}

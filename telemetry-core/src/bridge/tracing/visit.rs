/// Implements `Visit` for a type with `set`, which is given values of every kind, `set_written`, which
/// is given what writes itself, and `set_error`, which is given errors.
macro_rules! visit_values {
    ($type:ty) => {
        impl tracing_core::field::Visit for $type {
            #[inline]
            fn record_bool(&mut self, field: &Field, value: bool) {
                self.set(field, value.into());
            }
            #[inline]
            fn record_i64(&mut self, field: &Field, value: i64) {
                self.set(field, value.into());
            }
            #[inline]
            fn record_u64(&mut self, field: &Field, value: u64) {
                self.set(field, value.into());
            }
            fn record_i128(&mut self, field: &Field, value: i128) {
                self.set(field, i64::try_from(value).map_or(Value::F64(value as f64), Value::I64));
            }
            fn record_u128(&mut self, field: &Field, value: u128) {
                self.set(field, i64::try_from(value).map_or(Value::F64(value as f64), Value::I64));
            }
            #[inline]
            fn record_f64(&mut self, field: &Field, value: f64) {
                self.set(field, value.into());
            }
            #[inline]
            fn record_str(&mut self, field: &Field, value: &str) {
                self.set(field, value.into());
            }
            fn record_bytes(&mut self, field: &Field, value: &[u8]) {
                self.set(field, Value::Bytes(&value[..value.len().min(Text::MAX)]));
            }
            fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
                self.set_error(field, value);
            }
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                self.set_written(field, value);
            }
        }
    };
}

pub(super) use visit_values;

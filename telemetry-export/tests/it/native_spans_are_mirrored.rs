use std::sync::{Arc, Mutex};

use telemetry_core::bridge;
use telemetry_core::span;
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::support::own_process;

/// What spans a layer of somebody else's is shown.
#[derive(Clone, Debug, Default)]
struct Shown(Arc<Mutex<Vec<&'static str>>>);

impl<S: tracing::Subscriber> Layer<S> for Shown {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.0.lock().unwrap().push(attributes.metadata().name());
    }
}

#[test]
fn a_layer_of_the_program_sees_native_spans_as_the_code_and_the_environment_say() {
    let name = "native_spans_are_mirrored::a_layer_of_the_program_sees_native_spans_as_the_code_and_the_environment_say";
    for (variables, expected) in [
        (&[][..], r#"shown: ["theirs"]"#),
        (&[("TELEMETRY_MIRROR", "true")], r#"shown: ["telemetry.span", "theirs"]"#),
    ] {
        let run = own_process(name, variables, || {
            let shown = Shown::default();
            let layers = tracing_subscriber::registry().with(shown.clone());
            layers.with(bridge::tracing::layer()).init();
            let telemetry = telemetry_export::builder!().init().unwrap();
            span!("native").in_scope(|| tracing::info_span!("theirs").in_scope(|| ()));
            drop(telemetry);
            println!("shown: {:?}", shown.0.lock().unwrap());
        });
        let run = run.finish();
        assert!(run.out.contains(expected), "{}", run.out);
        // However it is shown, each is exported once.
        let lines = run.json();
        let names: Vec<_> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["theirs", "native"]);
        assert_eq!(lines[0]["parent_span_id"], lines[1]["span_id"]);
    }
}

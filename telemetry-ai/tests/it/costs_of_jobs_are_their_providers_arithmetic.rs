//! Golden records of the providers that bill by the job, each worked out by hand from the provider's
//! own rule.

use telemetry_ai::{
    AiCost, CostStatus, Decimal, ModelPrice, PriceQuery, PriceTable, Provider, RateKind,
    UnpricedReason, Usage,
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn priced(
    prices: &PriceTable,
    provider: &str,
    model: &str,
    used: impl FnOnce(&mut Usage),
) -> AiCost {
    let provider = Provider::new(provider.to_owned());
    let mut usage = Usage::default();
    used(&mut usage);
    prices.price(&PriceQuery::new(&provider).response_model(model), &usage)
}

fn is(cost: &AiCost, amount: &str, status: CostStatus) {
    assert_eq!((cost.amount(), cost.status()), (Some(decimal(amount)), status), "{cost:#?}");
}

#[test]
fn replicate_bills_official_models_by_what_comes_out() {
    let prices = PriceTable::builtin();
    // An image of flux-1.1-pro is 4 cents, however long it took.
    let cost = priced(&prices, "replicate", "black-forest-labs/flux-1.1-pro", |usage| {
        usage.units.output_images = Some(1);
        usage.units.compute_seconds = Some(decimal("4.5"));
    });
    assert_eq!(cost.amount(), Some(decimal("0.04")));
    // A thousand images of flux-schnell are 3 dollars.
    let cost = priced(&prices, "replicate", "black-forest-labs/flux-schnell", |usage| {
        usage.units.output_images = Some(1000);
    });
    is(&cost, "3", CostStatus::Exact);
    // 3.75 dollars for a million tokens in, 10 for a million out.
    let cost = priced(&prices, "replicate", "deepseek-ai/deepseek-r1", |usage| {
        usage.input_tokens = Some(2000);
        usage.output_tokens = Some(1000);
    });
    is(&cost, "0.0175", CostStatus::Exact);
}

#[test]
fn replicate_bills_other_models_by_the_second_of_their_machine() {
    let ran = |usage: &mut Usage| usage.units.compute_seconds = Some(decimal("12.683"));
    // The prediction doesn't say on which machine it ran, so without the user's word there is no price.
    let unknown = priced(&PriceTable::builtin(), "replicate", "acme/dog:5c7d5dc6", ran);
    assert_eq!(unknown.unpriced_reason(), Some(UnpricedReason::UnknownModel));
    let known =
        PriceTable::builtin().with_hardware(Provider::new("replicate"), "acme/*", "gpu-l40s");
    // 12.683 x 0.000975
    is(
        &priced(&known, "replicate", "acme/dog:5c7d5dc6", ran),
        "0.012365925",
        CostStatus::Estimated,
    );
    let two = PriceTable::builtin().with_hardware(Provider::new("replicate"), "acme/*", "H100:2");
    // 12.683 x 2 x 0.001525
    is(&priced(&two, "replicate", "acme/dog", ran), "0.03868315", CostStatus::Estimated);
}

#[test]
fn fal_bills_its_own_count_times_the_endpoints_price() {
    let prices = PriceTable::builtin();
    // Two megapixels at 2.5 cents, as the header counts them.
    let cost = priced(&prices, "fal_ai", "fal-ai/flux/dev", |usage| {
        usage.units.billed_units = Some(decimal("2"));
        usage.units.output_images = Some(2);
    });
    is(&cost, "0.05", CostStatus::Exact);
    // Without the header, an image of 1536 x 1024 is two megapixels, if fal counts so too.
    let cost = priced(&prices, "fal_ai", "fal-ai/flux/dev", |usage| {
        usage.units.output_images = Some(1);
        usage.units.output_pixels = Some(1536 * 1024);
    });
    is(&cost, "0.05", CostStatus::Estimated);
    // And an image of 1024 x 768 is one.
    let cost = priced(&prices, "fal_ai", "fal-ai/flux/dev", |usage| {
        usage.units.output_images = Some(1);
        usage.units.output_pixels = Some(1024 * 768);
    });
    is(&cost, "0.025", CostStatus::Estimated);
    // A film of three seconds was billed as 3.008.
    let own = PriceTable::builtin().with(
        ModelPrice::new(Provider::new("fal_ai"), "acme/film")
            .rate(RateKind::BilledUnit, decimal("0.10")),
    );
    let cost = priced(&own, "fal_ai", "acme/film", |usage| {
        usage.units.billed_units = Some(decimal("3.008"));
    });
    is(&cost, "0.3008", CostStatus::Exact);
    // An endpoint below a listed application is assumed to cost the same.
    let cost = priced(&prices, "fal_ai", "fal-ai/flux/dev/unheard-of", |usage| {
        usage.units.billed_units = Some(decimal("1"));
    });
    assert_eq!(cost.status(), CostStatus::Estimated);
}

#[test]
fn fal_bills_by_the_resolution_where_its_price_has_several() {
    let cost = priced(&PriceTable::builtin(), "fal_ai", "fal-ai/nano-banana-2", |usage| {
        usage.units.output_images = Some(2);
        usage.terms.resolution = Some("4K".to_owned());
    });
    // 16 cents an image of 4K.
    is(&cost, "0.32", CostStatus::Exact);
}

#[test]
fn modal_bills_the_seconds_of_a_machine() {
    let ran = |hardware: &'static str| {
        priced(&PriceTable::builtin(), "modal", "acme--generate", move |usage| {
            usage.units.compute_seconds = Some(decimal("42.5"));
            usage.terms.hardware = Some(hardware.to_owned());
        })
    };
    // 42.5 x 0.001097, and that of eight. Idle time and cold starts are billed too, which nobody here sees.
    is(&ran("H100"), "0.0466225", CostStatus::Estimated);
    is(&ran("H100!:8"), "0.37298", CostStatus::Estimated);
    is(&ran("A100-80GB"), "0.029495", CostStatus::Estimated);
    assert_eq!(ran("abacus").unpriced_reason(), Some(UnpricedReason::UnknownModel));
}

#[test]
fn comfyui_costs_what_its_user_says_that_a_second_does() {
    let ran = |usage: &mut Usage| usage.units.compute_seconds = Some(decimal("42.5"));
    let nobody = priced(&PriceTable::builtin(), "comfyui", "sd_xl_base_1.0.safetensors", ran);
    assert_eq!(nobody.unpriced_reason(), Some(UnpricedReason::UnknownModel));
    let own = PriceTable::builtin()
        .with_json(r#"{"prices":[{"provider":"comfyui","model":"*","rates":{"compute_second":"0.0004"}}]}"#)
        .unwrap();
    is(&priced(&own, "comfyui", "sd_xl_base_1.0.safetensors", ran), "0.017", CostStatus::Estimated);
    // A replayed answer of its router costs nothing.
    let replayed = priced(&own, "comfyui", "any", |usage| {
        ran(usage);
        usage.terms.replayed = Some(true);
    });
    is(&replayed, "0", CostStatus::Exact);
}

#[test]
fn images_speech_and_rerankings_are_billed_by_their_own_units() {
    let prices = PriceTable::builtin();
    // Whisper is 0.0001 dollars a second.
    let cost = priced(&prices, "openai", "whisper-1", |usage| {
        usage.units.input_audio_seconds = Some(decimal("90.5"));
    });
    is(&cost, "0.00905", CostStatus::Exact);
    // tts-1 is 15 dollars for a million characters.
    let cost =
        priced(&prices, "openai", "tts-1", |usage| usage.units.input_characters = Some(1_000));
    is(&cost, "0.015", CostStatus::Exact);
    // A search unit of a reranking is 0.2 cents.
    let cost = priced(&prices, "cohere", "rerank-v3.5", |usage| usage.units.search_units = Some(3));
    is(&cost, "0.006", CostStatus::Exact);
    // An image of gpt-image-1 without its tokens is priced by quality and size.
    let cost = priced(&prices, "openai", "gpt-image-1", |usage| {
        usage.units.output_images = Some(2);
        usage.terms.image_size = Some("1024x1536".to_owned());
        usage.terms.image_quality = Some("high".to_owned());
    });
    is(&cost, "0.5", CostStatus::Exact);
    // gpt-image-2 bills its tokens: 5 dollars for text in and 30 for images out, by the million.
    let cost = priced(&prices, "openai", "gpt-image-2", |usage| {
        usage.input_tokens = Some(50);
        usage.output_tokens = Some(4160);
        usage.output.image = Some(4160);
        usage.units.output_images = Some(1);
    });
    is(&cost, "0.12505", CostStatus::Exact);
}

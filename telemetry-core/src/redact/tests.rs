use proptest::prelude::*;

use super::*;

const SECRET: &str = "hunter2S3cr3t";

/// Texts with a secret in them, and what is left.
const MASKED: [(&str, &str); 27] = [
    ("password=hunter2S3cr3t", "password=***"),
    ("user=app password=hunter2S3cr3t dbname=shop", "user=app password=*** dbname=shop"),
    ("Server=db;Pwd=hunter2S3cr3t;Encrypt=yes", "Server=db;Pwd=***;Encrypt=yes"),
    ("https://x.org/a?size=3&key=hunter2S3cr3t&b=1", "https://x.org/a?size=3&key=***&b=1"),
    ("GET /o?X-Amz-Signature=hunter2S3cr3t", "GET /o?X-Amz-Signature=***"),
    (r#"{"api_key":"hunter2S3cr3t","model":"m"}"#, r#"{"api_key":"***","model":"m"}"#),
    (r#"{"apiKey" : "hunter2S3cr3t"}"#, r#"{"apiKey" : "***"}"#),
    (
        r#"Config { user: "app", password: "hun\"hunter2S3cr3t" }"#,
        r#"Config { user: "app", password: "***" }"#,
    ),
    (r#"Config { secret: Some("hunter2S3cr3t") }"#, r#"Config { secret: Some("***") }"#),
    ("{'client_secret' => 'hunter2S3cr3t'}", "{'client_secret' => '***'}"),
    ("invalid token: hunter2S3cr3t", "invalid token: ***"),
    ("Authorization: Bearer hunter2S3cr3t", "Authorization: ***"),
    ("authorization=Basic hunter2S3cr3t==\nHost: x", "authorization=***\nHost: x"),
    ("Cookie: a=1; sid=hunter2S3cr3t\nHost: x", "Cookie: ***\nHost: x"),
    (r#"header "Bearer hunter2S3cr3t" refused"#, r#"header "Bearer ***" refused"#),
    ("basic hunter2S3cr3t== refused", "basic *** refused"),
    ("postgres://app:hunter2S3cr3t@db:5432/shop", "postgres://***@db:5432/shop"),
    ("postgres://app:p@/hunter2S3cr3t@db/shop?a=b@c", "postgres://***@db/shop?a=b@c"),
    ("(redis://:hunter2S3cr3t@cache)", "(redis://***@cache)"),
    ("Incorrect API key provided: sk-hunter2S3cr3t-and-more", "Incorrect API key provided: ***"),
    ("using ghp_hunter2S3cr3tabcdef now", "using *** now"),
    ("got eyJhbGci.eyJzdWIi.hunter2S3cr3t, expired", "got ***, expired"),
    ("-----BEGIN PRIVATE KEY-----\nhunter2S3cr3t\n-----END PRIVATE KEY-----\nrest", "***\nrest"),
    ("-----BEGIN RSA PRIVATE KEY-----\nhunter2S3cr3t", "***"),
    ("PGPASSWORD=hunter2S3cr3t psql", "PGPASSWORD=*** psql"),
    ("x-api-key: hunter2S3cr3t", "x-api-key: ***"),
    ("headers[\"x-auth-token\"] = \"hunter2S3cr3t\"", "headers[\"x-auth-token\"] = \"***\""),
];

#[test]
fn a_planted_secret_is_masked_wherever_something_announces_it() {
    for (before, after) in MASKED {
        assert!(before.contains(SECRET), "{before}");
        assert_eq!(text(before, 1024), after);
    }
}

#[test]
fn what_is_no_secret_stays_to_the_letter() {
    for harmless in [
        "",
        "connection refused (os error 111)",
        "no such file: /etc/shop/config.toml",
        "at https://example.org/a?size=3#top",
        "called `Option::unwrap()` on a `None` value",
        "column \"key_id\" of relation \"orders\" does not exist",
        "expected token, found end of input",
        "max_tokens: 4096 is above the limit",
        "a basic understanding and a bearer of news",
        "status=404 path=/orders/17 monkey=1",
        "core::token::scan at src/token.rs:17",
        "grüße, 你好",
    ] {
        assert_eq!(text(harmless, 1024), harmless);
        assert!(matches!(text(harmless, 1024), Cow::Borrowed(_)));
    }
}

#[test]
fn a_secret_at_the_place_of_the_cut_is_not_shown() {
    for length in MAX_INPUT - 60..MAX_INPUT + 10 {
        let long = format!("{} postgres://app:{SECRET}@db/shop", "x".repeat(length));
        assert!(!text(&long, usize::MAX).contains("hunter"), "{length}");
    }
}

#[test]
fn an_endless_or_panicking_display_gives_a_bounded_text() {
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                out.write_str("and so on ")?;
            }
        }
    }
    struct Panicking;
    impl fmt::Display for Panicking {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("so far")?;
            panic!("in Display");
        }
    }
    let endless = display(&Endless, 100);
    assert!(endless.len() <= 100 && endless.ends_with('…'), "{endless}");
    assert_eq!(display(&Panicking, 100), "so far");
}

#[test]
fn what_a_scheme_announced_and_is_masked_already_announces_nothing_more() {
    let once = text("Bearer \u{0}abc123def456\npostgres://app:hunter2@db/shop", 1024).into_owned();
    assert_eq!(once, "Bearer \u{0}***\npostgres://***@db/shop");
    assert_eq!(text(&once, 1024), once);
}

proptest! {
    #[test]
    fn any_text_is_bounded_and_redacting_twice_changes_nothing(before in "\\PC{0,200}", max in 0_usize..300) {
        let once = text(&before, max).into_owned();
        prop_assert!(once.len() <= max);
        let whole = text(&before, usize::MAX).into_owned();
        let twice = text(&whole, usize::MAX).into_owned();
        prop_assert_eq!(twice, whole);
    }

    #[test]
    fn texts_of_what_matters_are_read_without_a_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "password", "=", ":", "://", "@", "\"", "'", "\\", " ", "\n", "Bearer", "sk-aaaaaaaaaaaaaaaa",
            "-----BEGIN ", "-----END ", "ß", "&", ";", "Some(", "=>", "key", "Cookie", "?", "/",
        ]), 0..30),
    ) {
        let _ = text(&parts.concat(), 64);
    }
}

/// Words, signs and characters that decide on something.
fn pieces() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "password",
        "passwd",
        "Passphrase",
        "PWD",
        "client_secret",
        "token",
        "api-key",
        "API_KEY",
        "accessKey",
        "private.key",
        "signingkey",
        "encryption_key",
        "account-key",
        "masterkey",
        "Authorization",
        "proxy-authorization",
        "credentials",
        "X-Amz-Signature",
        "session",
        "set-cookie",
        "cookie",
        "Bearer",
        "basic",
        "jwt",
        "connectionString",
        "key",
        "pass",
        "pw",
        "auth",
        "sig",
        "dsn",
        "sid",
        "pin",
        "otp",
        "max_tokens",
        "maxtoken",
        "token_count",
        "tokenlimit",
        "tok",
        "apike",
        "monkey",
        "to\u{212a}en",
        "pa\u{df}word",
        "\u{212a}ey",
        "gr\u{fc}\u{df}e",
        "scan.rs",
        "x",
        "order.id",
    ]);
    let others = ["eyJ", "aaaaaaaa", "abcdef012345", "eyJa.b.c", "A1b2C3d4E5f6"];
    let keys = prop::sample::select([&words::BEGINNINGS[..], &others[..]].concat());
    let signs = prop::sample::select(vec![
        "=",
        ":",
        "=>",
        ":=",
        "://",
        "::",
        "@",
        "\"",
        "'",
        "`",
        "\\",
        "]",
        "[",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "&",
        ";",
        ",",
        "Some(",
        ")",
        "?",
        "#",
        "/",
        "<",
        ">",
        "***",
        "*",
        "-",
        ".",
        "_",
        "-----BEGIN ",
        "-----END ",
        "\u{a0}",
        "\u{4f60}",
        "\u{130}",
    ]);
    prop_oneof![4 => names, 2 => keys, 5 => signs].prop_map(str::to_owned).boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn one_pass_masks_what_asking_everything_everywhere_masks(
        parts in prop::collection::vec(prop_oneof![9 => pieces(), 1 => "\\PC{0,9}"], 0..24),
    ) {
        let text = parts.concat();
        let (found, expected) = (scan::without_secrets(&text), reference::without_secrets(&text));
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(matches!(found, Cow::Borrowed(_)), matches!(expected, Cow::Borrowed(_)));
    }

    #[test]
    fn of_long_names_as_many_letters_count(
        before in "[a-zA-Z_.\u{df}\u{130}-]{30,80}",
        name in prop::sample::select(vec!["password", "token", "key", "tokens", "signature"]),
    ) {
        let text = format!("{before}{name}=hunter2");
        prop_assert_eq!(scan::without_secrets(&text), reference::without_secrets(&text));
    }
}

use proptest::collection::vec;
use proptest::prelude::*;
use telemetry_db::{Dialect, Statement};

const DIALECTS: [Dialect; 3] = [Dialect::Sqlite, Dialect::Postgres, Dialect::MySql];

/// Stands in every value below; nothing else is called so.
const SECRET: &str = "hunter2";

/// A value in one of the ways that SQLite knows, with the secret inside.
fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        ("[a-z' \"\\-/*;\\[\\]`()?$:@\\\\é]{0,8}", "[a-z' \"\\-/*;\n]{0,8}")
            .prop_map(|(before, after)| format!("{before}{SECRET}{after}"))
            .prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        "[a-z '\\-/*\\[\\]]{0,6}".prop_map(|text| format!("\"{SECRET}{text}\"")),
        Just(format!("x'{SECRET}'")),
        Just(format!("7{SECRET}")),
        Just(format!("0x{SECRET}e-5")),
    ]
}

/// A value in the ways of PostgreSQL and MySQL.
fn foreign_literal() -> impl Strategy<Value = (Dialect, String)> {
    let around = "[a-z'\" \\\\$;\\-/*]{0,6}";
    let postgres = prop_oneof![
        around.prop_map(|text| format!("'{SECRET}{}'", text.replace('\'', "''"))),
        around.prop_map(|text| {
            format!("E'{}{SECRET}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
        }),
        "[a-z' \"\\\\;]{0,6}".prop_map(|text| format!("$body${text}{SECRET}{text}$body$")),
        Just(format!("B'{SECRET}'")),
        Just(format!("DATE '{SECRET}'")),
    ];
    let mysql = prop_oneof![
        around.prop_map(|text| format!("'{SECRET}{}'", text.replace('\'', "''"))),
        around.prop_map(|text| format!("\"{SECRET}{}\"", text.replace('"', "\"\""))),
        around.prop_map(|text| {
            format!("'{}{SECRET}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
        }),
        Just(format!("_utf8'{SECRET}'")),
        Just(format!("0x{SECRET}")),
    ];
    prop_oneof![
        postgres.prop_map(|value| (Dialect::Postgres, value)),
        mysql.prop_map(|value| (Dialect::MySql, value)),
    ]
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(" ".to_owned()),
        1 => "[a-z'\" ]{0,5}".prop_map(|text| format!("/*{text}{SECRET}'*/")),
        1 => "[a-z'\" ]{0,5}".prop_map(|text| format!("--{text}{SECRET}\"\n")),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        literal(),
        Just("a".to_owned()),
        Just("[t].[b c]".to_owned()),
        Just("?1".to_owned()),
        Just("NULL".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let operator = prop_oneof![
            Just("="),
            Just("||"),
            Just("LIKE"),
            Just("AND"),
            Just("IS NOT DISTINCT FROM"),
            Just("-"),
            Just("->>"),
        ];
        prop_oneof![
            (inner.clone(), comment(), operator, comment(), inner.clone())
                .prop_map(|(a, x, o, y, b)| format!("{a}{x}{o}{y}{b}")),
            vec(inner.clone(), 1..4).prop_map(|list| format!("a IN ({})", list.join(","))),
            vec(inner.clone(), 1..3).prop_map(|list| format!("replace({})", list.join(", "))),
            inner.clone().prop_map(|a| format!("(SELECT {a} FROM u WHERE {a})")),
            inner.prop_map(|a| format!("CASE WHEN {a} THEN 1 END")),
        ]
    })
}

fn statement() -> impl Strategy<Value = String> {
    let e = expression;
    prop_oneof![
        (e(), comment(), e()).prop_map(|(a, x, b)| format!("SELECT {a}{x}FROM t WHERE {b}")),
        (e(), e()).prop_map(|(a, b)| format!(
            "INSERT INTO t (a, b) VALUES ({a}, {b}) RETURNING {b}, {a}"
        )),
        (e(), e()).prop_map(|(a, b)| format!("UPDATE t SET a = {a}, b = {b} WHERE {a}")),
        e().prop_map(|a| format!("DELETE FROM t WHERE {a} ORDER BY {a}, {a} LIMIT 1")),
        (e(), e()).prop_map(|(a, b)| format!(
            "WITH w AS (SELECT {a}) SELECT {b}, {a} FROM w, v GROUP BY {a}, {b}"
        )),
        e().prop_map(|a| format!("SELECT a FROM t UNION SELECT {a}, {a}")),
        e().prop_map(|a| format!("CREATE TABLE t (a TEXT DEFAULT ({a}), b, CHECK ({a}))")),
        literal().prop_map(|a| format!("PRAGMA key = {a}")),
        literal().prop_map(|a| format!("ATTACH {a} AS other KEY {a}")),
    ]
}

fn shown(text: &str, dialect: Dialect) -> String {
    let statement = Statement::of(text, dialect);
    format!(
        "{}\n{}",
        statement.summary().unwrap_or_default(),
        statement.sanitized().unwrap_or_default()
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_a_valid_statement(text in vec(statement(), 1..3)) {
        let text = text.join("; ");
        let statement = Statement::of(&text, Dialect::Sqlite);
        prop_assert!(statement.sanitized().is_some(), "withheld: {}", text);
        prop_assert!(statement.summary().is_some(), "no summary: {}", text);
        let shown = shown(&text, Dialect::Sqlite);
        prop_assert!(!shown.contains(SECRET), "{} shows as {}", text, shown);
    }

    /// A text that was cut off anywhere is either still right or withheld.
    #[test]
    fn of_a_statement_that_breaks_off(text in statement(), at in any::<prop::sample::Index>()) {
        let mut end = at.index(text.len() + 1);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let shown = shown(&text[..end], Dialect::Sqlite);
        prop_assert!(!shown.contains(SECRET), "{} shows as {}", &text[..end], shown);
    }

    #[test]
    fn nothing_that_is_already_sanitised_changes(text in statement()) {
        let once = Statement::of(&text, Dialect::Sqlite).sanitized().unwrap().to_owned();
        let twice = Statement::of(&once, Dialect::Sqlite);
        prop_assert_eq!(twice.sanitized(), Some(once.as_str()));
    }

    /// Backslashes and dollars included: on doubt nothing is shown.
    #[test]
    fn of_a_statement_in_other_dialects((dialect, value) in foreign_literal()) {
        let text = format!("SELECT a FROM t WHERE b = {value} AND c IN (1, {value}) AND d = {value}");
        let shown = shown(&text, dialect);
        prop_assert!(!shown.contains(SECRET), "{} shows as {}", text, shown);
    }

    #[test]
    fn any_text_is_taken_without_a_panic(text in any::<String>()) {
        for dialect in DIALECTS {
            let statement = Statement::of(&text, dialect);
            prop_assert!(statement.summary().is_none_or(|summary| summary.len() <= 255));
        }
    }

    /// Quotes, comments and brackets in any order: whatever an independent
    /// reading takes for a value or a comment is not shown.
    #[test]
    fn of_any_jumble_of_quotes(pieces in vec(0_usize..PIECES.len(), 1..24)) {
        let mut text = String::new();
        for (at, piece) in pieces.iter().enumerate() {
            text.push_str(&PIECES[*piece].replace('#', &format!("marker{at}x")));
        }
        let statement = Statement::of(&text, Dialect::Sqlite);
        // A string after FROM is the name of a table, and shown as that.
        let summary = without_strings(statement.summary().unwrap_or_default());
        let shown = format!("{summary}\n{}", statement.sanitized().unwrap_or_default());
        for (marker, place) in reference(&text) {
            if place == Place::Hidden {
                prop_assert!(!shown.contains(&marker), "{} of {:?} shows as {}", marker, text, shown);
            }
        }
    }
}

fn without_strings(summary: &str) -> String {
    summary.split('\'').step_by(2).collect()
}

const PIECES: &[&str] = &[
    "'", "''", "\"", "\"\"", "`", "[", "]", "--", "/*", "*/", "\n", " ", " #", "#", " = #", "x'",
    " IN (", ", ", ")", "SELECT ", " FROM #", " WHERE ", "\\", ".", "; ",
];

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Code,
    Hidden,
}

/// Where each marker of a SQLite text stands, read one character at a time by
/// nothing but the rules for quotes and comments.
fn reference(text: &str) -> Vec<(String, Place)> {
    let characters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut close: Option<&str> = None;
    let mut at = 0;
    while at < characters.len() {
        let rest: String = characters[at..].iter().take(24).collect();
        let hidden = matches!(close, Some("'" | "\n" | "*/"));
        if rest.starts_with("marker") {
            let marker: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            let marker = marker[..=marker.find('x').unwrap()].to_owned();
            at += marker.len();
            found.push((marker, if hidden { Place::Hidden } else { Place::Code }));
            continue;
        }
        match close {
            Some(end) if rest.starts_with(end) => {
                let doubled = end.len() == 1 && !"]\n".contains(end) && rest[1..].starts_with(end);
                at += if doubled { 2 } else { end.len() };
                if !doubled {
                    close = None;
                }
            }
            Some(_) => at += 1,
            None => {
                close =
                    [("'", "'"), ("\"", "\""), ("`", "`"), ("[", "]"), ("--", "\n"), ("/*", "*/")]
                        .iter()
                        .find(|(open, _)| rest.starts_with(open))
                        .map(|(_, end)| *end);
                at += if close.is_some_and(|end| end == "\n" || end == "*/") { 2 } else { 1 };
            }
        }
    }
    found
}

use super::Piece::{self, Count, Idle, Key, Mark, Name, NotEqual, Number, Text, Truth};
use crate::random::Random;

/// What a statement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) Vec<Piece>);

/// A table, its alias, its columns that are numbers and those that are texts.
struct Table {
    name: &'static str,
    alias: &'static str,
    numbers: &'static [&'static str],
    texts: &'static [&'static str],
}

const TABLES: [Table; 3] = [
    Table { name: "customers", alias: "c", numbers: &["id", "age"], texts: &["name", "city"] },
    Table { name: "orders", alias: "o", numbers: &["id", "customer", "total"], texts: &["state"] },
    Table { name: "items", alias: "i", numbers: &["id", "purchase", "amount"], texts: &["label"] },
];

struct Draw<'r> {
    random: &'r mut Random,
    pieces: Vec<Piece>,
    /// How deep it may still go.
    depth: usize,
}

impl Shape {
    /// Draws a statement that PostgreSQL, MySQL and SQLite all accept.
    pub(crate) fn draw(random: &mut Random) -> Shape {
        let mut draw = Draw { random, pieces: Vec::new(), depth: 2 };
        match draw.random.below(10) {
            0 => draw.insert(),
            1 => draw.update(),
            2 => draw.delete(),
            3 => draw.with(),
            4 => {
                draw.select();
                draw.keys(&["UNION", "ALL"]);
                draw.select();
            }
            _ => {
                draw.select();
                draw.order_and_limit();
            }
        }
        Shape(draw.pieces)
    }
}

impl Draw<'_> {
    fn push(&mut self, pieces: &[Piece]) {
        self.pieces.extend_from_slice(pieces);
    }

    fn keys(&mut self, keys: &[&'static str]) {
        self.pieces.extend(keys.iter().copied().map(Key));
    }

    fn table(&mut self) -> usize {
        self.random.below(TABLES.len())
    }

    fn column(&mut self, tables: &[usize], texts: bool) {
        let table = &TABLES[*self.random.pick(tables)];
        let column = *self.random.pick(if texts { table.texts } else { table.numbers });
        self.push(&[Name(table.alias), Mark("."), Name(column)]);
    }

    fn insert(&mut self) {
        let table = &TABLES[self.table()];
        let all: Vec<&'static str> = table.numbers.iter().chain(table.texts).copied().collect();
        let columns = &all[..1 + self.random.below(all.len())];
        self.push(&[Key("INSERT"), Key("INTO"), Name(table.name), Mark("(")]);
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                self.push(&[Mark(",")]);
            }
            self.push(&[Name(column)]);
        }
        self.push(&[Mark(")"), Key("VALUES")]);
        self.push(&[Mark("(")]);
        for at in 0..columns.len() {
            if at > 0 {
                self.push(&[Mark(",")]);
            }
            self.push(&[if at < table.numbers.len() { Number } else { Text }]);
        }
        self.push(&[Mark(")")]);
    }

    fn update(&mut self) {
        let at = self.table();
        let table = &TABLES[at];
        self.push(&[Key("UPDATE"), Name(table.name), Idle("AS"), Name(table.alias), Key("SET")]);
        let number = *self.random.pick(&table.numbers[1..]);
        self.push(&[Name(number), Mark("=")]);
        self.number(&[at]);
        if self.random.once_in(2) {
            let text = *self.random.pick(table.texts);
            self.push(&[Mark(","), Name(text), Mark("="), Text]);
        }
        self.filter(&[at]);
    }

    fn delete(&mut self) {
        let at = self.table();
        self.push(&[Key("DELETE"), Key("FROM"), Name(TABLES[at].name)]);
        self.push(&[Idle("AS"), Name(TABLES[at].alias)]);
        self.filter(&[at]);
    }

    fn with(&mut self) {
        self.push(&[Key("WITH"), Name("recent"), Key("AS"), Mark("(")]);
        self.select();
        self.push(&[Mark(")"), Key("SELECT"), Key("count"), Mark("("), Mark("*"), Mark(")")]);
        self.push(&[Key("FROM"), Name("recent")]);
    }

    /// One number, so that any two can be united.
    fn select(&mut self) {
        self.keys(&["SELECT"]);
        let distinct = self.random.once_in(8);
        if distinct {
            self.keys(&["DISTINCT"]);
        }
        let first = self.table();
        let mut tables = vec![first];
        if self.random.once_in(3) {
            tables.push((first + 1) % TABLES.len());
        }
        self.number(&tables);
        self.push(&[Key("FROM"), Name(TABLES[first].name), Idle("AS"), Name(TABLES[first].alias)]);
        if let Some(&second) = tables.get(1) {
            match self.random.below(3) {
                0 => self.push(&[Idle("INNER"), Key("JOIN")]),
                1 => self.push(&[Key("LEFT"), Idle("OUTER"), Key("JOIN")]),
                _ => self.push(&[Key("RIGHT"), Idle("OUTER"), Key("JOIN")]),
            }
            self.push(&[Name(TABLES[second].name), Idle("AS"), Name(TABLES[second].alias)]);
            self.keys(&["ON"]);
            self.column(&[first], false);
            self.push(&[Mark("=")]);
            self.column(&[second], false);
        }
        if !self.random.once_in(5) {
            self.filter(&tables);
        }
    }

    fn order_and_limit(&mut self) {
        if self.random.once_in(2) {
            // By its place: whatever else must be selected too where rows are distinct.
            self.keys(&["ORDER", "BY"]);
            self.push(&[Mark("1")]);
            if self.random.once_in(2) { self.keys(&["DESC"]) } else { self.push(&[Idle("ASC")]) }
        }
        if self.random.once_in(2) {
            self.push(&[Key("LIMIT"), Count]);
            if self.random.once_in(2) {
                self.push(&[Key("OFFSET"), Count]);
            }
        }
    }

    fn filter(&mut self, tables: &[usize]) {
        self.keys(&["WHERE"]);
        let connective = if self.random.once_in(3) { "OR" } else { "AND" };
        for at in 0..1 + self.random.below(3) {
            if at > 0 {
                self.keys(&[connective]);
            }
            self.condition(tables);
        }
    }

    fn condition(&mut self, tables: &[usize]) {
        match self.random.below(12) {
            0 => {
                self.column(tables, false);
                if self.random.once_in(2) {
                    self.keys(&["NOT"]);
                }
                self.push(&[Key("IN"), Mark("(")]);
                self.push(&[Number, Mark(","), Number, Mark(","), Number, Mark(")")]);
            }
            1 => {
                self.column(tables, true);
                self.push(&[Key("IN"), Mark("("), Text, Mark(","), Text, Mark(")")]);
            }
            2 => {
                self.column(tables, true);
                self.keys(&["IS"]);
                if self.random.once_in(2) {
                    self.keys(&["NOT"]);
                }
                self.keys(&["NULL"]);
            }
            3 => {
                self.column(tables, true);
                self.push(&[Key("LIKE"), Text]);
            }
            4 => {
                self.column(tables, false);
                self.push(&[Key("BETWEEN"), Number, Key("AND"), Number]);
            }
            5 if self.depth > 0 => {
                self.depth -= 1;
                self.column(tables, false);
                self.push(&[Key("IN"), Mark("(")]);
                self.select();
                self.push(&[Mark(")")]);
                self.depth += 1;
            }
            6 if tables.contains(&0) => {
                self.push(&[Name("c"), Mark("."), Name("active")]);
                match self.random.below(3) {
                    0 => self.push(&[Mark("="), Truth]),
                    1 => self.keys(&["IS", "TRUE"]),
                    _ => self.keys(&["IS", "NOT", "FALSE"]),
                }
            }
            7 | 8 => {
                self.column(tables, true);
                let operator = *self.random.pick(&[Mark("="), Mark("="), NotEqual]);
                self.push(&[operator, Text]);
            }
            _ => {
                self.number(tables);
                let operator = *self.random.pick(&[Mark("="), NotEqual, Mark("<"), Mark(">")]);
                self.push(&[operator]);
                self.number(tables);
            }
        }
    }

    fn number(&mut self, tables: &[usize]) {
        match self.random.below(9) {
            0 | 1 => self.push(&[Number]),
            2 => {
                self.column(tables, false);
                let operator = *self.random.pick(&["+", "-", "*"]);
                self.push(&[Mark(operator), Number]);
            }
            3 => {
                self.push(&[Key("coalesce"), Mark("(")]);
                self.column(tables, false);
                self.push(&[Mark(","), Number, Mark(")")]);
            }
            4 if self.depth > 0 => {
                self.depth -= 1;
                self.keys(&["CASE", "WHEN"]);
                self.condition(tables);
                self.push(&[Key("THEN"), Number, Key("ELSE"), Number, Key("END")]);
                self.depth += 1;
            }
            _ => self.column(tables, false),
        }
    }
}

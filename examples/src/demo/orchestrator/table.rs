//! [`Table`]: rows under headings, aligned.

/// Columns of text; the first is aligned to the left, the others to the right.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table under these headings.
    pub(super) fn new<const COLUMNS: usize>(headings: [&str; COLUMNS]) -> Self {
        Self { rows: vec![headings.map(str::to_owned).into()] }
    }

    /// Adds a row.
    pub(super) fn row<const COLUMNS: usize>(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells.into());
    }

    /// Whether there are only headings.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    /// The lines, headings first.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        self.rows.iter().map(move |row| {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => line.push_str(&format!("{cell:<width$}")),
                    _ => line.push_str(&format!("   {cell:>width$}")),
                }
            }
            line.trim_end().to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_the_letters() {
        let mut table = Table::new(["route", "p50"]);
        table.row(["GET /".to_owned(), "–".to_owned()]);
        table.row(["POST /ö".to_owned(), "1.25 s".to_owned()]);
        let lines: Vec<String> = table.lines().collect();
        assert_eq!(lines, ["route        p50", "GET /          –", "POST /ö   1.25 s"]);
    }
}

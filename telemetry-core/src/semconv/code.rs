//! Places in source code.

/// The source file.
pub const FILE_PATH: &str = "code.file.path";

/// The line.
pub const LINE_NUMBER: &str = "code.line.number";

/// The column.
pub const COLUMN_NUMBER: &str = "code.column.number";

/// The function, with its path.
pub const FUNCTION_NAME: &str = "code.function.name";

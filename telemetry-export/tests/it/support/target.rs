use std::path::PathBuf;

use serde_json::Value;

/// A file in a directory of its own that isn't there yet, and is gone after the test.
pub(crate) struct Target {
    directory: PathBuf,
    path: PathBuf,
}

impl Target {
    pub(crate) fn new(name: &str) -> Self {
        let directory = format!("telemetry-export-{}-{name}", std::process::id());
        let directory = std::env::temp_dir().join(directory);
        Self { path: directory.join("logs/telemetry.jsonl"), directory }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.path).unwrap();
        assert!(text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

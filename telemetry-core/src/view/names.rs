use hashbrown::HashMap;

/// What was found out about names, so that each is looked at once.
#[derive(Debug)]
pub(crate) struct Names<T> {
    known: HashMap<String, T>,
}

impl<T> Names<T> {
    /// Names above which all are forgotten: a bound for names that never repeat.
    const KEPT: usize = 4096;

    pub(crate) fn new() -> Self {
        Self { known: HashMap::new() }
    }

    /// What is known of `name`, found out by `find` the first time.
    pub(crate) fn get(&mut self, name: &str, find: impl FnOnce() -> T) -> &T {
        if self.known.len() >= Self::KEPT && !self.known.contains_key(name) {
            self.known.clear();
        }
        self.known.entry_ref(name).or_insert_with(find)
    }
}

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Mutex;

use crate::scope::Scope;
use crate::sync::lock;

/// The scope named after a target that may be data, as those of the `log` crate are: the first 1,024
/// have one each, the rest share `log`.
pub(super) fn scope_of(target: &str) -> &'static Scope {
    let at = (target.as_ptr() as usize >> 3 ^ target.len()) % KEPT;
    let kept = RECENT.with(|recent| recent[at].get());
    match kept {
        // The address may be another text's by now.
        Some(scope) if scope.name() == target => scope,
        _ => {
            let scope = find(target);
            RECENT.with(|recent| recent[at].set(Some(scope)));
            scope
        }
    }
}

const KEPT: usize = 32;

thread_local! {
    static RECENT: [Cell<Option<&'static Scope>>; KEPT] = const { [const { Cell::new(None) }; KEPT] };
}

#[cold]
fn find(target: &str) -> &'static Scope {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    const MAX: usize = 1024;
    const LONGEST: usize = 256;

    let mut names = lock(&NAMES);
    let names = names.get_or_insert_default();
    let name = match names.get(target) {
        Some(name) => name,
        None if names.len() < MAX && target.len() <= LONGEST => {
            let name: &'static str = Box::leak(target.into());
            names.insert(name);
            name
        }
        None => "log",
    };
    Scope::of_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_without_end_take_bounded_memory() {
        let names: HashSet<_> =
            (0..3000).map(|number| scope_of(&format!("target {number}")).name()).collect();
        assert!(names.len() <= 1025, "{}", names.len());
        assert_eq!(scope_of(&"x".repeat(1000)).name(), "log");
        assert!(std::ptr::eq(scope_of("target 0"), scope_of("target 0")));
    }
}

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::TemporaryDirectory;

/// An empty folder of this name, which is there until this process has ended, however that comes: for
/// what is open until then, such as the files of a pool that nobody closes. Every process has its own.
///
/// # Panics
///
/// When there is one of this name already: two tests would share it.
#[track_caller]
pub fn scratch(name: &str) -> PathBuf {
    static SCRATCH: LazyLock<Scratch> = LazyLock::new(Scratch::create);
    let folder = SCRATCH.folder.file(name);
    let made = fs::create_dir(&folder);
    assert!(made.is_ok(), "{} can't be made: {made:?}", folder.display());
    folder
}

struct Scratch {
    folder: TemporaryDirectory,
    _keeper: Child,
}

/// Takes the folder away when the process that holds its standard input has ended.
const KEEPER: &str = r#"trap '' HUP INT TERM; while read -r line; do :; done; rm -rf "$1""#;

impl Scratch {
    fn create() -> Self {
        let folder = TemporaryDirectory::create();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(folder.path());
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        Scratch { _keeper: keeper.spawn().unwrap(), folder }
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::path::Path;

    use super::*;
    use crate::{Process, eventually};

    /// Of the process that is to tell its folder.
    const TELL: &str = "SYSTEM_TESTS_TELL_SCRATCH";

    #[test]
    fn a_folder_is_there_until_its_process_has_ended() {
        let own = scratch("told");
        if env::var_os(TELL).is_some() {
            fs::write(own.join("file"), "text").unwrap();
            println!("\nfolder {}", own.display());
            // Killed, before it could take anything away by itself.
            std::thread::sleep(crate::PATIENCE);
            return;
        }
        let mut other = Command::new(env::current_exe().unwrap());
        other.args(["scratch::", "--nocapture"]).env(TELL, "1");
        let other = Process::start(&mut other);
        let folder =
            other.line("its folder", |line| line.strip_prefix("folder ").map(str::to_owned));
        let folder = Path::new(&folder);
        assert!(folder.join("file").exists());
        assert_ne!(folder, own);
        drop(other);
        eventually("the folder is gone", || {
            let root = folder.parent().unwrap();
            if root.exists() { Err(format!("{} is there", root.display())) } else { Ok(()) }
        });
        assert!(own.exists());
    }
}

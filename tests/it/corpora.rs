//! What fuzzing has found, and small seeds, go through the same entry points again.

use std::fs;
use std::path::Path;

use linepack::fuzzing::TARGETS;

#[test]
fn every_corpus_is_survived_and_every_target_has_one() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    for (name, target) in TARGETS {
        let corpus = fs::read_dir(fuzz.join("corpus").join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut files = 0;
        for entry in corpus {
            let path = entry.expect("a file").path();
            target(&fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
            files += 1;
        }
        assert!(files > 0, "{name} has no seed");
        assert!(fuzz.join(format!("fuzz_targets/{name}.rs")).is_file(), "{name} has no program");
    }
}

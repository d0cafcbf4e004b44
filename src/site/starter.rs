//! The folder that `linepack init DIR` writes: ten stations, three crews, a small network; it runs with nothing else
//! installed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// File names and contents.
pub const FILES: [(&str, &str); 4] = [
    ("hub.toml", include_str!("starter/hub.toml")),
    ("assets.csv", include_str!("starter/assets.csv")),
    ("crews.csv", include_str!("starter/crews.csv")),
    ("network.geojson", include_str!("starter/network.geojson")),
];

/// Why the folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// Nothing is overwritten.
    #[error("{} is not empty; choose a new folder", .0.display())]
    NotEmpty(PathBuf),
    /// The folder or a file cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes the starter site into a folder that is new or empty.
pub fn write(dir: &Path) -> Result<(), StarterError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| StarterError::Io { path, source }
    };
    fs::create_dir_all(dir).map_err(failed(dir))?;
    if fs::read_dir(dir).map_err(failed(dir))?.next().is_some() {
        return Err(StarterError::NotEmpty(dir.to_path_buf()));
    }
    for (name, content) in FILES {
        let path = dir.join(name);
        fs::write(&path, content).map_err(failed(&path))?;
    }
    Ok(())
}

//! What the log asks of a file system: a seam, so that tests can pull the plug at any byte.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One folder's files, by name.
pub(crate) trait Files: Debug + Send + Sync {
    /// Names of all files.
    fn list(&self) -> io::Result<Vec<String>>;
    /// A new, empty file; one of that name that was there is gone.
    fn create(&self, name: &str) -> io::Result<Box<dyn Output>>;
    /// Reads from the beginning; what is appended meanwhile follows.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send + Sync>>;
    /// Bytes of a file.
    fn len(&self, name: &str) -> io::Result<u64>;
    /// Gives a file another name; a file of that name is replaced at once or not at all.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes names (created, renamed, removed) durable.
    fn sync(&self) -> io::Result<()>;
}

/// A file that only grows at its end.
pub(crate) trait Output: Debug + Send {
    /// Appends all of it; after an error any part of it may be there.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Makes the content durable.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to a length.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// Shared by the log's two ends.
pub(crate) type Disk = Arc<dyn Files>;

/// A real folder.
pub(crate) fn folder(dir: &Path) -> Disk {
    Arc::new(Folder(dir.to_owned()))
}

#[derive(Debug)]
struct Folder(PathBuf);

impl Files for Folder {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = std::fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        let path = self.0.join(name);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        Ok(Box::new(OpenOptions::new().append(true).create_new(true).open(path)?))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send + Sync>> {
        Ok(Box::new(File::open(self.0.join(name))?))
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        Ok(std::fs::metadata(self.0.join(name))?.len())
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }
}

impl Output for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}

/// Whether an error means that there is no space, which may come back.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

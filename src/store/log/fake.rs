//! A disk that fails: unsynced bytes are lost at any byte, unsynced names come back or not, space runs out in mid-write.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};

use super::disk::{Disk, Files, Output};

/// Shared by all that is open on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fake(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What a program sees.
    names: BTreeMap<String, usize>,
    /// What a power failure leaves.
    durable_names: BTreeMap<String, usize>,
    inodes: Vec<Inode>,
    /// Bytes that may be written until the disk is full.
    space: Option<usize>,
    /// Operations until one fails with an error of the device.
    fails_in: Option<u32>,
}

#[derive(Clone, Debug, Default)]
struct Inode {
    bytes: Vec<u8>,
    /// So much of the beginning survives a power failure for sure.
    durable: usize,
}

impl Fake {
    pub(crate) fn disk(&self) -> Disk {
        Arc::new(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// From now on only so many bytes fit; none: as many as are wanted.
    pub(crate) fn space(&self, bytes: Option<usize>) {
        self.state().space = bytes;
    }

    /// The operation after so many more fails.
    pub(crate) fn fail_in(&self, operations: Option<u32>) {
        self.state().fails_in = operations;
    }

    /// The power goes: every file keeps what was synced and, by `luck`, some of what was not; names that were not synced
    /// are as before or as after.
    pub(crate) fn crash(&self, mut luck: impl FnMut(usize) -> usize) {
        let mut s = self.state();
        (s.space, s.fails_in) = (None, None);
        let touched: Vec<String> = s.names.keys().chain(s.durable_names.keys()).cloned().collect();
        for name in touched {
            if luck(1) == 1 {
                match s.names.get(&name).copied() {
                    Some(inode) => drop(s.durable_names.insert(name, inode)),
                    None => drop(s.durable_names.remove(&name)),
                }
            }
        }
        s.names = s.durable_names.clone();
        for inode in &mut s.inodes {
            let keep = inode.durable + luck(inode.bytes.len() - inode.durable);
            inode.bytes.truncate(keep);
            inode.durable = keep;
        }
    }
}

impl State {
    fn operation(&mut self) -> io::Result<()> {
        match &mut self.fails_in {
            Some(0) => {
                self.fails_in = None;
                Err(io::Error::other("the device failed"))
            }
            Some(n) => {
                *n -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Files for Fake {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut s = self.state();
        s.operation()?;
        Ok(s.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Output>> {
        let mut s = self.state();
        s.operation()?;
        if s.space == Some(0) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let inode = s.inodes.len();
        s.inodes.push(Inode::default());
        s.names.insert(name.to_owned(), inode);
        Ok(Box::new(Open { fake: self.clone(), inode, at: 0 }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read + Send + Sync>> {
        let mut s = self.state();
        s.operation()?;
        Ok(Box::new(Open { fake: self.clone(), inode: s.inode(name)?, at: 0 }))
    }

    fn len(&self, name: &str) -> io::Result<u64> {
        let s = self.state();
        Ok(s.inodes[s.inode(name)?].bytes.len() as u64)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut s = self.state();
        s.operation()?;
        let inode = s.inode(from)?;
        s.names.remove(from);
        s.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut s = self.state();
        s.operation()?;
        s.inode(name)?;
        s.names.remove(name);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut s = self.state();
        s.operation()?;
        s.durable_names = s.names.clone();
        Ok(())
    }
}

#[derive(Debug)]
struct Open {
    fake: Fake,
    inode: usize,
    at: usize,
}

impl Output for Open {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut s = self.fake.state();
        let failed = s.operation();
        let fits = s.space.map_or(bytes.len(), |space| space.min(bytes.len()));
        let wrote = if failed.is_err() { fits / 2 } else { fits };
        s.space = s.space.map(|space| space - wrote);
        s.inodes[self.inode].bytes.extend_from_slice(&bytes[..wrote]);
        failed?;
        if fits < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut s = self.fake.state();
        s.operation()?;
        let inode = &mut s.inodes[self.inode];
        inode.durable = inode.bytes.len();
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut s = self.fake.state();
        s.operation()?;
        let inode = &mut s.inodes[self.inode];
        let len = usize::try_from(len).unwrap();
        let freed = inode.bytes.len() - len;
        inode.bytes.truncate(len);
        inode.durable = inode.durable.min(len);
        s.space = s.space.map(|space| space + freed);
        Ok(())
    }
}

impl Read for Open {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut s = self.fake.state();
        s.operation()?;
        let rest = &s.inodes[self.inode].bytes[self.at..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}

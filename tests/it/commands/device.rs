//! A Modbus TCP device by the book of the protocol, with manners.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::hub::PATIENCE;
use crate::mosquitto::free_port;

/// What the device does with a write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Manner {
    /// Takes it and answers.
    Well,
    /// Answers and does not take it.
    Ignores,
    /// Answers with an exception.
    Refuses,
    /// Takes it and says nothing.
    SilentOnWrite,
}

#[derive(Debug)]
struct Inside {
    /// Registers and coils in one: their addresses differ here.
    cells: HashMap<u16, u16>,
    manner: Manner,
    writes: usize,
}

/// The device on its port.
pub(super) struct Device {
    port: u16,
    inside: Arc<Mutex<Inside>>,
    running: Option<JoinSet<()>>,
}

impl Device {
    pub(super) async fn start() -> Self {
        let inside = Inside { cells: HashMap::new(), manner: Manner::Well, writes: 0 };
        let mut this = Self { port: free_port(), inside: Arc::new(Mutex::new(inside)), running: None };
        this.resume().await;
        this
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn behave(&self, manner: Manner) {
        self.inside().manner = manner;
    }

    pub(super) fn set(&self, address: u16, value: u16) {
        self.inside().cells.insert(address, value);
    }

    pub(super) fn register(&self, address: u16) -> u16 {
        self.inside().cells.get(&address).copied().unwrap_or(0)
    }

    /// Write requests that ever arrived.
    pub(super) fn writes(&self) -> usize {
        self.inside().writes
    }

    /// Waits until so many have arrived.
    pub(super) async fn written(&self, writes: usize) {
        let end = Instant::now() + PATIENCE;
        while self.writes() < writes {
            assert!(Instant::now() < end, "the write never arrived");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// All connections break and none is accepted.
    pub(super) fn stop(&mut self) {
        self.running = None;
    }

    pub(super) async fn resume(&mut self) {
        let inside = self.inside.clone();
        let mut bound = TcpListener::bind(("127.0.0.1", self.port)).await;
        while bound.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            bound = TcpListener::bind(("127.0.0.1", self.port)).await;
        }
        let listener = bound.unwrap();
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, inside.clone()));
            }
        });
        self.running = Some(running);
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }
}

async fn serve(mut stream: TcpStream, inside: Arc<Mutex<Inside>>) {
    loop {
        let mut head = [0; 7];
        if stream.read_exact(&mut head).await.is_err() {
            return;
        }
        let mut pdu = vec![0; usize::from(u16::from_be_bytes([head[4], head[5]])) - 1];
        if stream.read_exact(&mut pdu).await.is_err() {
            return;
        }
        let Some(answer) = inside.lock().unwrap().answer(&pdu) else { continue };
        let mut reply = head[..4].to_vec();
        reply.extend(u16::try_from(answer.len() + 1).unwrap().to_be_bytes());
        reply.push(head[6]);
        reply.extend(answer);
        if stream.write_all(&reply).await.is_err() {
            return;
        }
    }
}

impl Inside {
    /// None: no answer at all.
    fn answer(&mut self, pdu: &[u8]) -> Option<Vec<u8>> {
        let word = |at: usize| u16::from_be_bytes([pdu[at], pdu[at + 1]]);
        let (function, address, count) = (pdu[0], word(1), word(3));
        let cell = |i: u16| self.cells.get(&(address + i)).copied().unwrap_or(0);
        match function {
            1 | 2 => {
                let mut bits = vec![0u8; usize::from(count.div_ceil(8))];
                (0..count).filter(|&i| cell(i) != 0).for_each(|i| bits[usize::from(i / 8)] |= 1 << (i % 8));
                Some([&[function, u8::try_from(bits.len()).unwrap()], bits.as_slice()].concat())
            }
            3 | 4 => {
                let words: Vec<u8> = (0..count).flat_map(|i| cell(i).to_be_bytes()).collect();
                Some([&[function, u8::try_from(words.len()).unwrap()], words.as_slice()].concat())
            }
            5 => self.write(pdu, address, &[u16::from(count == 0xff00)]),
            6 => self.write(pdu, address, &[count]),
            15 => {
                let bits: Vec<u16> =
                    (0..count).map(|i| u16::from(pdu[6 + usize::from(i / 8)] >> (i % 8) & 1)).collect();
                self.write(pdu, address, &bits)
            }
            16 => {
                let words: Vec<u16> = (0..usize::from(count)).map(|i| word(6 + 2 * i)).collect();
                self.write(pdu, address, &words)
            }
            _ => Some(vec![function | 0x80, 1]),
        }
    }

    fn write(&mut self, pdu: &[u8], address: u16, values: &[u16]) -> Option<Vec<u8>> {
        self.writes += 1;
        if matches!(self.manner, Manner::Well | Manner::SilentOnWrite) {
            self.cells.extend((address..).zip(values.iter().copied()));
        }
        match self.manner {
            Manner::Well | Manner::Ignores => Some(pdu[..5].to_vec()),
            Manner::Refuses => Some(vec![pdu[0] | 0x80, 3]),
            Manner::SilentOnWrite => None,
        }
    }
}

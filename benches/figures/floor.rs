//! The least a program must do for the same result: what the hub's figures are read against. Runs as a process of its own.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::load::{connect, pause};
use crate::program::Program;
use crate::stats::now_us;

/// A running floor program.
pub(crate) struct Floor {
    program: Program,
    /// Where it takes websockets.
    pub(crate) address: String,
}

impl Floor {
    /// `args` as [`main`] takes them.
    pub(crate) fn start(args: &[String]) -> Floor {
        let program = std::env::current_exe().expect("this program");
        let mut program = Program::start(Command::new(program).args(args).stdout(Stdio::piped()));
        let mut line = String::new();
        let out = program.stdout();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("its address");
        Floor { program, address: line.trim().to_owned() }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.program.pid()
    }
}

/// Runs as a floor program where the arguments ask for one.
pub(crate) fn main(args: &[String]) -> bool {
    let number = |at: usize| args.get(at).and_then(|a| a.parse::<u64>().ok()).expect("a number");
    match args.first().map(String::as_str) {
        Some("floor-hub") => hub(number(1) as u16, number(2) as usize, number(3) as usize),
        Some("floor-fan") => fan(number(1) as usize, number(2), number(3) as usize),
        _ => return false,
    }
    true
}

/// MQTT → parse → look up → limits → one websocket frame a read; one screen.
fn hub(port: u16, assets: usize, points: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    let mut ids: HashMap<Vec<u8>, usize, BuildHasherDefault<Fnv>> = HashMap::default();
    for a in 0..assets {
        ids.insert(format!("linepack/v1/telemetry/a{a}").into_bytes(), a * points);
        for p in 0..points {
            ids.insert(format!("linepack/v1/telemetry/a{a}/p{p}").into_bytes(), a * points + p);
        }
    }
    let mut high = vec![false; assets * points];
    let mut screen = accept(&listener);
    // the subscription, unread
    let _ = screen.read(&mut [0; 4096]);
    screen.write_all(&[0x81, 2, b'{', b'}']).expect("a snapshot");
    let mut mqtt = connect(port, "floor");
    let filter = b"linepack/v1/telemetry/#";
    let mut subscribe = vec![0x82, 5 + filter.len() as u8, 0, 1, 0, filter.len() as u8];
    subscribe.extend_from_slice(filter);
    subscribe.push(0);
    mqtt.write_all(&subscribe).expect("subscribed");
    let (mut buffer, mut pending, mut out) = (vec![0; 64 << 10], Vec::new(), Vec::new());
    loop {
        let Ok(n @ 1..) = mqtt.read(&mut buffer) else { return };
        pending.extend_from_slice(&buffer[..n]);
        out.clear();
        let mut at = 0;
        while let Some((start, end)) = packet(&pending[at..]).filter(|p| at + p.1 <= pending.len()) {
            let packet = &pending[at..at + end];
            at += end;
            if packet[0] & 0xf0 != 0x30 {
                continue;
            }
            let topic_len = usize::from(packet[start]) * 256 + usize::from(packet[start + 1]);
            let topic = &packet[start + 2..start + 2 + topic_len];
            let payload = &packet[start + 2 + topic_len..];
            let Some(&id) = ids.get(topic) else { continue };
            if payload.first() == Some(&b'{') {
                values(payload, |point, digits| row(&mut out, &mut high, id + point, points, digits));
            } else {
                row(&mut out, &mut high, id, points, payload);
            }
        }
        pending.drain(..at);
        if out.is_empty() {
            continue;
        }
        out.pop();
        if frame(&mut screen, &out).is_err() {
            return;
        }
    }
}

/// One value: its limits, its row.
fn row(out: &mut Vec<u8>, high: &mut [bool], id: usize, points: usize, digits: &[u8]) {
    let value: f64 = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).unwrap_or(f64::NAN);
    high[id] = !(-1e6..=1e15).contains(&value);
    let _ = write!(out, "[\"a{}/p{}\",{value:?},\"good\",0],", id / points, id % points);
}

/// Finds `"p3":123` in an asset's message.
fn values(payload: &[u8], mut each: impl FnMut(usize, &[u8])) {
    let mut rest = payload;
    while let Some(at) = rest.windows(2).position(|w| w == b"\"p") {
        rest = &rest[at + 2..];
        let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
        let n = digits(rest);
        let point = rest[..n].iter().fold(0, |p, b| p * 10 + usize::from(b - b'0'));
        rest = &rest[n + 2..];
        let n = digits(rest);
        each(point, &rest[..n]);
        rest = &rest[n..];
    }
}

/// Where an MQTT packet's body begins and ends.
fn packet(bytes: &[u8]) -> Option<(usize, usize)> {
    let (mut len, mut shift, mut at) = (0, 0, 1);
    loop {
        let byte = *bytes.get(at)?;
        len |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        at += 1;
        if byte & 0x80 == 0 {
            return Some((at, at + len));
        }
    }
}

fn frame(screen: &mut TcpStream, body: &[u8]) -> std::io::Result<()> {
    let mut head = vec![0x81, 127];
    head.extend_from_slice(&(body.len() as u64).to_be_bytes());
    screen.write_all(&[&head[..], body].concat())
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (mut screen, _) = listener.accept().expect("a screen");
    screen.set_nodelay(true).expect("nodelay");
    let mut head = vec![];
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        screen.read_exact(&mut byte).expect("a request");
        head.push(byte[0]);
    }
    screen
        .write_all(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        .expect("101");
    screen
}

/// The same frame to every socket at a pace; one that cannot take it is passed over. Each row is the moment it was due.
fn fan(clients: usize, rate: u64, rows: usize) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    let mut sockets: Vec<_> = (0..clients).map(|_| accept(&listener)).collect();
    for socket in &mut sockets {
        let _ = socket.read(&mut [0; 16 << 10]);
        socket.write_all(&[0x81, 2, b'{', b'}']).expect("a snapshot");
        socket.set_nonblocking(true).expect("nonblocking");
    }
    let (base, mut n) = (now_us(), 0);
    loop {
        while now_us() < base + n * 1_000_000 / rate {
            pause(Duration::from_micros(200));
        }
        let due = base + n * 1_000_000 / rate;
        let stamp = crate::load::STAMP + due % 1_000_000_000;
        let body: String = (0..rows).map(|p| format!("[\"a0/p{p}\",{stamp}.0,\"good\",1732233600000],")).collect();
        let mut frame = vec![0x81, 126];
        frame.extend_from_slice(&u16::try_from(body.len()).expect("a short frame").to_be_bytes());
        frame.extend_from_slice(body.as_bytes());
        for socket in &mut sockets {
            // a full socket misses this one, as it would be conflated in the hub
            let _ = socket.write(&frame);
        }
        n = (n + 1).max((now_us() - base) * rate / 1_000_000);
    }
}

#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
}

//! Captured traffic against a reference decoding, where the folder of captures is at hand (`LINEPACK_DATA`).

use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::path::PathBuf;

use super::{FrameError, mbap, rtu};
use crate::ingest::modbus::pdu::tests::request;
use crate::ingest::modbus::pdu::{Request, Response};

/// What was said in one captured packet, as lists over its frames: the columns of the reference.
#[derive(Debug, Default, PartialEq, Eq)]
struct Packet {
    transactions: Vec<u64>,
    lengths: Vec<u64>,
    units: Vec<u64>,
    functions: Vec<u64>,
    exceptions: Vec<u64>,
    addresses: Vec<u64>,
    words: Vec<u64>,
    bits: Vec<u64>,
    registers: Vec<u64>,
    values: Vec<u64>,
}

/// One direction of a connection.
#[derive(Debug, Default)]
struct Stream {
    next: Option<u32>,
    bytes: Vec<u8>,
    /// Segments that came before their turn.
    early: BTreeMap<u32, Vec<u8>>,
}

impl Stream {
    /// Takes a segment; true where it goes on with what was there.
    fn push(&mut self, sequence: u32, payload: &[u8]) {
        let next = *self.next.get_or_insert(sequence);
        let ahead = sequence.wrapping_sub(next).cast_signed();
        if ahead > 0 {
            self.early.insert(sequence, payload.to_vec());
            return;
        }
        let known = usize::try_from(-ahead).unwrap();
        if let Some(new) = payload.get(known..) {
            self.bytes.extend(new);
            self.next = Some(next.wrapping_add(u32::try_from(new.len()).unwrap()));
        }
        let next = self.next.unwrap();
        if let Some(payload) = self.early.remove(&next) {
            self.push(next, &payload);
        }
    }
}

fn folder() -> PathBuf {
    let data = std::env::var("LINEPACK_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    PathBuf::from(data).join("modbus-pcaps")
}

fn u16_at(bytes: &[u8], at: usize, big: bool) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
}

fn u32_at(bytes: &[u8], at: usize, big: bool) -> Option<u32> {
    let four = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
}

/// Packet number, addresses with ports, sequence number, payload, and whether it goes to the device.
type Segment = (u64, [u8; 12], u32, Vec<u8>, bool);

/// The TCP segments of a classic capture file.
fn segments(file: &[u8]) -> Vec<Segment> {
    let big = matches!(file, [0xA1, 0xB2, ..]);
    let mut out = Vec::new();
    let (mut at, mut number) = (24, 0);
    while let Some(length) = u32_at(file, at + 8, big) {
        number += 1;
        let packet = &file[at + 16..(at + 16 + length as usize).min(file.len())];
        at += 16 + length as usize;
        out.extend(segment(packet, number));
    }
    out
}

fn segment(packet: &[u8], number: u64) -> Option<Segment> {
    if u16_at(packet, 12, true)? != 0x0800 {
        return None;
    }
    let ip = packet.get(14..)?;
    let header = usize::from(ip.first()? & 15) * 4;
    let total = usize::from(u16_at(ip, 2, true)?);
    if *ip.get(9)? != 6 {
        return None;
    }
    let tcp = ip.get(header..total.min(ip.len()))?;
    let mut flow = [0; 12];
    flow[..8].copy_from_slice(ip.get(12..20)?);
    flow[8..].copy_from_slice(tcp.get(..4)?);
    let (from, to) = (u16_at(tcp, 0, true)?, u16_at(tcp, 2, true)?);
    if from != 502 && to != 502 {
        return None;
    }
    let sequence = u32_at(tcp, 4, true)?;
    let flags = *tcp.get(13)?;
    let payload = tcp.get(usize::from(tcp.get(12)? >> 4) * 4..)?;
    // a SYN takes a number of its own
    let sequence = sequence.wrapping_add(u32::from(flags >> 1 & 1));
    Some((number, flow, sequence, payload.to_vec(), to == 502))
}

/// Decodes a capture; packets without Modbus are left out.
fn decode(file: &[u8]) -> BTreeMap<u64, Packet> {
    let mut streams: HashMap<[u8; 12], Stream> = HashMap::new();
    let mut packets: BTreeMap<u64, Packet> = BTreeMap::new();
    // what the client asked last, by connection seen from it and transaction
    let mut asked: HashMap<([u8; 12], u16, u8), Request> = HashMap::new();
    for (number, flow, sequence, payload, is_request) in segments(file) {
        let stream = streams.entry(flow).or_default();
        stream.push(sequence, &payload);
        loop {
            match mbap::decode(&stream.bytes) {
                Ok(Some(frame)) => {
                    let packet = packets.entry(number).or_default();
                    let pdu = &stream.bytes[frame.pdu.clone()];
                    packet.transactions.push(frame.transaction.into());
                    packet.lengths.push(pdu.len() as u64 + 1);
                    packet.units.push(frame.unit.into());
                    packet.functions.push(u64::from(pdu[0] & 0x7F));
                    if is_request {
                        if let Some(request) = request(pdu) {
                            let mut encoded = Vec::new();
                            mbap::encode(frame.transaction, frame.unit, &request, &mut encoded);
                            assert_eq!(encoded, &stream.bytes[..frame.end], "packet {number}: encoded as it was sent");
                            note_request(packet, &request);
                            asked.insert((flow, frame.transaction, frame.unit), request);
                        }
                    } else {
                        let mut back = flow;
                        back[..4].copy_from_slice(&flow[4..8]);
                        back[4..8].copy_from_slice(&flow[..4]);
                        back[8..10].copy_from_slice(&flow[10..]);
                        back[10..].copy_from_slice(&flow[8..10]);
                        let asked = asked.get(&(back, frame.transaction, frame.unit));
                        note_response(packet, pdu, asked);
                    }
                    stream.bytes.drain(..frame.end);
                }
                Ok(None) => break,
                Err(FrameError::Protocol(_) | FrameError::Length(_)) => {
                    stream.bytes.clear();
                    break;
                }
            }
        }
    }
    packets
}

fn note_request(packet: &mut Packet, request: &Request) {
    match request {
        Request::Read { table, start, count } => {
            packet.addresses.push((*start).into());
            if table.is_bits() { &mut packet.bits } else { &mut packet.words }.push((*count).into());
        }
        Request::WriteCoil { address, .. } | Request::WriteRegister { address, .. } => {
            packet.addresses.push((*address).into());
        }
        Request::WriteCoils { address, bits } => {
            packet.addresses.push((*address).into());
            packet.bits.push(bits.len() as u64);
        }
        Request::WriteRegisters { address, values } => {
            packet.addresses.push((*address).into());
            packet.words.push(values.len() as u64);
            packet.registers.extend((0..values.len()).map(|i| u64::from(*address) + i as u64));
            packet.values.extend(values.iter().map(|v| u64::from(*v)));
        }
    }
}

fn note_response(packet: &mut Packet, pdu: &[u8], asked: Option<&Request>) {
    match Response::decode(pdu) {
        Ok(Response::Exception { code, .. }) => packet.exceptions.push(u64::from(u8::from(code))),
        Ok(Response::Data { function: 3 | 4, data }) => {
            let start = match asked {
                Some(Request::Read { start, .. }) => u64::from(*start),
                _ => 0,
            };
            for (i, pair) in data.chunks_exact(2).enumerate() {
                packet.registers.push(start + i as u64);
                packet.values.push(u64::from(u16::from_be_bytes([pair[0], pair[1]])));
            }
        }
        Ok(Response::Written { function, address, value }) => {
            packet.addresses.push(address.into());
            match function {
                15 => packet.bits.push(value.into()),
                16 => packet.words.push(value.into()),
                _ => {}
            }
        }
        _ => {}
    }
}

/// The reference: one row a packet.
fn reference(text: &str) -> BTreeMap<u64, Packet> {
    let mut rows = text.lines();
    let columns: Vec<&str> = rows.next().unwrap().split('\t').collect();
    let column = |name: &str| columns.iter().position(|c| *c == name).unwrap();
    rows.map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        let list = |name: &str| -> Vec<u64> {
            let field = fields.get(column(name)).copied().unwrap_or_default();
            field.split(';').filter(|f| !f.is_empty()).map(|f| f.parse().unwrap()).collect()
        };
        let packet = Packet {
            transactions: list("mbtcp.trans_id"),
            lengths: list("mbtcp.len"),
            units: list("mbtcp.unit_id"),
            functions: list("modbus.func_code"),
            exceptions: list("modbus.exception_code"),
            addresses: list("modbus.reference_num"),
            words: list("modbus.word_cnt"),
            bits: list("modbus.bit_cnt"),
            registers: list("modbus.regnum16"),
            values: list("modbus.regval_uint16"),
        };
        (fields[0].parse().unwrap(), packet)
    })
    .collect()
}

/// Compares what both know; functions the hub does not use bring fields of their own.
fn check(name: &str, whole: bool) {
    let folder = folder();
    let Ok(file) = std::fs::read(folder.join(name)) else { return };
    let mut text = String::new();
    match std::fs::read(folder.join(format!("{name}.tshark.tsv.gz"))) {
        Ok(gz) => {
            flate2::read::GzDecoder::new(gz.as_slice()).read_to_string(&mut text).unwrap();
        }
        Err(_) => text = std::fs::read_to_string(folder.join(format!("{name}.tshark.tsv"))).unwrap(),
    }
    let (found, expect) = (decode(&file), reference(&text));
    if !whole {
        return;
    }
    assert!(found.len() > 10);
    let ours = |p: &Packet| p.functions.iter().all(|f| matches!(f, 1..=6 | 15 | 16));
    let mut wrong = Vec::new();
    for number in found.keys().chain(expect.keys()) {
        match (found.get(number), expect.get(number)) {
            (Some(f), Some(e)) if ours(e) && f == e => {}
            (Some(f), Some(e))
                if !ours(e)
                    && (&f.transactions, &f.lengths, &f.units, &f.functions, &f.exceptions)
                        == (&e.transactions, &e.lengths, &e.units, &e.functions, &e.exceptions) => {}
            (f, e) => wrong.push(format!("{number}: {f:?}\n  reference {e:?}")),
        }
    }
    assert!(
        wrong.is_empty(),
        "{name}: {} packets of {} differ, first:\n{}",
        wrong.len(),
        expect.len(),
        wrong[..wrong.len().min(4)].join("\n")
    );
}

#[test]
fn captured_stations_are_decoded_like_the_reference() {
    for name in ["modbusSmall.pcap", "modbus_test.pcap", "modbus_test_data_part1.pcap", "ModbusTCP.pcap"] {
        check(name, true);
    }
}

#[test]
fn captured_noise_harms_nobody() {
    check("fuzz-72.pcap", false);
    let Ok(file) = std::fs::read(folder().join("fuzz-72.pcap")) else { return };
    for (.., payload, _) in segments(&file) {
        for start in 0..payload.len() {
            let _ = mbap::decode(&payload[start..]);
            let _ = Response::decode(&payload[start..]);
            rtu::find(&payload[start..], 1, 3);
        }
    }
}

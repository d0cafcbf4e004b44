use proptest::prelude::*;

use super::*;

/// Request and answer as printed in the specification's examples (sections 6.1 to 6.16 and 7), as far as the hub asks so.
const EXAMPLES: [(&str, &str); 8] = [
    ("0100130013", "0103CD6B05"),
    ("0200C40016", "0203ACDB35"),
    ("03006B0003", "0306022B00000064"),
    ("0400080001", "0402000A"),
    ("0500ACFF00", "0500ACFF00"),
    ("0600010003", "0600010003"),
    ("0F0013000A02CD01", "0F0013000A"),
    ("10000100020 4000A0102", "1000010002"),
];

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|d| u8::try_from(d).unwrap()).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// The request whose bytes these are, where the hub has such a one.
pub(crate) fn request(pdu: &[u8]) -> Option<Request> {
    let &[function, a, b, c, d, ref rest @ ..] = pdu else { return None };
    let (address, number) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let read = |table| Some(Request::Read { table, start: address, count: number });
    match (function, rest) {
        (1, []) => read(Table::Coil),
        (2, []) => read(Table::Discrete),
        (3, []) => read(Table::Holding),
        (4, []) => read(Table::Input),
        (5, []) => Some(Request::WriteCoil { address, on: number == 0xFF00 }),
        (6, []) => Some(Request::WriteRegister { address, value: number }),
        (15, [_, bytes @ ..]) => {
            let bits = (0..usize::from(number)).map(|i| bytes.get(i / 8).is_some_and(|b| b >> (i % 8) & 1 == 1));
            Some(Request::WriteCoils { address, bits: bits.collect() })
        }
        (16, [_, bytes @ ..]) => {
            let values = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            Some(Request::WriteRegisters { address, values: values.collect() })
        }
        _ => None,
    }
}

fn check_example(asked: &str, answered: &str) {
    let (asked, answered) = (hex(asked), hex(answered));
    let Some(request) = request(&asked) else {
        // a function the hub does not use: told apart, and never taken for an answer to what it asks
        let expect = if answered[0] >= 0x80 { answered[0] & 0x7F } else { answered[0] };
        let response = Response::decode(&answered).unwrap();
        match response {
            Response::Other { function, data } => assert_eq!((function, data), (expect, &answered[1..])),
            Response::Exception { function, .. } => assert_eq!(function, expect),
            other => panic!("{other:?}"),
        }
        let read = Request::Read { table: Table::Holding, start: 0, count: 1 };
        assert!(read.answer(&answered).is_err());
        return;
    };
    let mut bytes = Vec::new();
    request.encode(&mut bytes);
    assert_eq!(bytes, asked);
    let answer = request.answer(&answered);
    match answered[0] {
        1..=4 => assert_eq!(answer, Ok(Answer::Data(&answered[2..]))),
        5 | 6 | 15 | 16 => assert_eq!(answer, Ok(Answer::Written)),
        _ => assert_eq!(answer, Ok(Answer::Exception(ExceptionCode::new(answered[1])))),
    }
}

#[test]
fn the_examples_of_the_specification() {
    for (asked, answered) in EXAMPLES {
        check_example(asked, answered);
    }
    check_example("0104A10001", "8102");
}

/// All pairs the specification prints, where the file of them is at hand.
#[test]
fn every_printed_example() {
    let folder = std::env::var("LINEPACK_DATA").unwrap_or_else(|_| "../shared/data".to_owned());
    let file = std::path::Path::new(&folder).join("modbus-spec-vectors/modbus_app_v1_1b3_examples.json");
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let examples = all["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 18);
    for example in examples {
        let hex = |key: &str| example[key].as_str().unwrap();
        check_example(hex("request_pdu_hex"), hex("response_pdu_hex"));
    }
}

#[test]
fn refusals_and_wrong_answers_are_told_apart() {
    let read = Request::Read { table: Table::Input, start: 8, count: 2 };
    assert_eq!(read.answer(&hex("8402")), Ok(Answer::Exception(ExceptionCode::IllegalDataAddress)));
    assert_eq!(read.answer(&hex("840B")), Ok(Answer::Exception(ExceptionCode::GatewayTargetDevice)));
    assert_eq!(read.answer(&hex("84C8")), Ok(Answer::Exception(ExceptionCode::Custom(0xC8))));
    for wrong in ["", "84", "04", "8302", "0402000A", "0406000A000B000C", "0304000A000B", "0404000A00", "0400080002"] {
        assert!(read.answer(&hex(wrong)).is_err(), "{wrong}");
    }
    let bits = Request::Read { table: Table::Coil, start: 0, count: 9 };
    assert_eq!(bits.answer(&hex("0102FF01")), Ok(Answer::Data(&[0xFF, 1])));
    assert!(bits.answer(&hex("0101FF")).is_err());
    let coil = Request::WriteCoil { address: 172, on: true };
    assert!(coil.answer(&hex("0500AC0000")).is_err(), "it says off");
    let register = Request::WriteRegister { address: 1, value: 3 };
    assert!(register.answer(&hex("0600010004")).is_err(), "it says 4");
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(pdu in prop::collection::vec(any::<u8>(), 0..260), count in 1u16..=125) {
        // an error or an answer, never a panic; data always has the length asked for
        let read = Request::Read { table: Table::Holding, start: 0, count };
        if let Ok(Answer::Data(data)) = read.answer(&pdu) {
            prop_assert_eq!(data.len(), 2 * usize::from(count));
        }
        for request in [
            Request::WriteCoils { address: 0, bits: vec![true; usize::from(count)] },
            Request::WriteRegisters { address: 0, values: vec![1; usize::from(count.min(123))] },
        ] {
            let _ = request.answer(&pdu);
        }
    }
}

//! Frames of a websocket (RFC 6455) as the hub needs them: the heads of what it sends, and what a client may send.
//!
//! A socket that is quiet keeps no buffer: ten thousand screens are mostly that.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Longest message of a client, bytes.
const MESSAGE: usize = 64 << 10;
/// Longest payload of a frame that says something about the connection, bytes.
const CONTROL: usize = 125;
/// Longest head of a frame the hub sends, bytes.
pub(super) const HEAD: usize = 10;

/// What a frame is. The hub's own frames are not masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Continue,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Kind {
    fn code(self) -> u8 {
        match self {
            Self::Continue => 0x0,
            Self::Text => 0x1,
            Self::Binary => 0x2,
            Self::Close => 0x8,
            Self::Ping => 0x9,
            Self::Pong => 0xa,
        }
    }

    fn of(code: u8) -> Option<Self> {
        let all = [Self::Continue, Self::Text, Self::Binary, Self::Close, Self::Ping, Self::Pong];
        all.into_iter().find(|kind| kind.code() == code)
    }

    fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Writes the head of a frame to the end of `room`; how many bytes it has.
pub(super) fn head(room: &mut [u8; HEAD], kind: Kind, last: bool, payload: usize) -> usize {
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = room.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    let first = u8::from(last) << 7 | kind.code();
    match (u8::try_from(payload), u16::try_from(payload)) {
        (Ok(n @ 0..=125), _) => {
            put(8, &[first, n]);
            2
        }
        (_, Ok(n)) => {
            put(6, &[first, 126]);
            put(8, &n.to_be_bytes());
            4
        }
        _ => {
            put(0, &[first, 127]);
            put(2, &(payload as u64).to_be_bytes());
            10
        }
    }
}

/// A whole frame.
pub(super) fn frame(kind: Kind, last: bool, payload: &[u8]) -> Bytes {
    let mut room = [0; HEAD];
    let len = head(&mut room, kind, last, payload.len());
    [room.get(HEAD - len..).unwrap_or_default(), payload].concat().into()
}

/// The payload of a close frame.
pub(super) fn closing(code: CloseCode, reason: &str) -> Vec<u8> {
    [&u16::from(code).to_be_bytes(), reason.as_bytes()].concat()
}

/// What a client said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong,
    /// It goes, with the code it gave.
    Close(Option<u16>),
}

/// What a client must not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Rules,
    Long,
    Text,
}

impl Broken {
    pub(super) fn code(self) -> CloseCode {
        match self {
            Self::Rules => CloseCode::Protocol,
            Self::Long => CloseCode::Size,
            Self::Text => CloseCode::Invalid,
        }
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Rules => "a frame breaks the rules of the protocol",
            Self::Long => "a message is longer than 64 KiB",
            Self::Text => "a text is not UTF-8",
        }
    }
}

/// Puts what a client sends together.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// Bytes of a frame that is not whole.
    pending: Vec<u8>,
    /// A message of several frames that is not whole.
    message: Option<(Kind, Vec<u8>)>,
}

/// The head of a client's frame.
struct Head {
    kind: Kind,
    last: bool,
    mask: [u8; 4],
    len: usize,
    payload: usize,
}

impl Decoder {
    /// Takes bytes of the socket. Everything whole is to be asked for with [`next`](Self::next) before more comes, so what
    /// is kept is one message at most.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// What is whole by now.
    pub(super) fn next(&mut self) -> Result<Option<Heard>, Broken> {
        loop {
            let Some(head) = Head::read(&self.pending)? else { return Ok(None) };
            let taken = self.message.as_ref().map_or(0, |(_, message)| message.len());
            if !head.kind.is_control() && taken + head.payload > MESSAGE {
                return Err(Broken::Long);
            }
            let Some(masked) = self.pending.get(head.len..head.len + head.payload) else { return Ok(None) };
            let payload: Vec<u8> =
                masked.iter().zip(head.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            self.pending.drain(..head.len + head.payload);
            if self.pending.is_empty() {
                self.pending = Vec::new();
            }
            if let Some(heard) = self.take(&head, payload)? {
                return Ok(Some(heard));
            }
        }
    }

    fn take(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<Heard>, Broken> {
        let (kind, payload) = match (head.kind, self.message.take()) {
            (Kind::Ping | Kind::Pong | Kind::Close, unfinished) => {
                self.message = unfinished;
                return Ok(Some(match head.kind {
                    Kind::Ping => Heard::Ping(payload),
                    Kind::Pong => Heard::Pong,
                    _ => Heard::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
                }));
            }
            (Kind::Continue, Some((kind, mut message))) => {
                message.extend_from_slice(&payload);
                (kind, message)
            }
            (kind @ (Kind::Text | Kind::Binary), None) => (kind, payload),
            (Kind::Continue, None) | (Kind::Text | Kind::Binary, Some(_)) => return Err(Broken::Rules),
        };
        if !head.last {
            self.message = Some((kind, payload));
            return Ok(None);
        }
        Ok(Some(match kind {
            Kind::Text => Heard::Text(String::from_utf8(payload).map_err(|_| Broken::Text)?),
            _ => Heard::Binary(payload),
        }))
    }
}

impl Head {
    /// None: not whole yet.
    fn read(bytes: &[u8]) -> Result<Option<Self>, Broken> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let kind = Kind::of(first & 0x0f).ok_or(Broken::Rules)?;
        let last = first & 0x80 != 0;
        // no extension was agreed on, and a client masks
        if first & 0x70 != 0 || second & 0x80 == 0 {
            return Err(Broken::Rules);
        }
        let (payload, rest) = match second & 0x7f {
            126 => {
                let Some((len, rest)) = rest.split_first_chunk() else { return Ok(None) };
                (u64::from(u16::from_be_bytes(*len)), rest)
            }
            127 => {
                let Some((len, rest)) = rest.split_first_chunk() else { return Ok(None) };
                (u64::from_be_bytes(*len), rest)
            }
            n => (u64::from(n), rest),
        };
        let payload = usize::try_from(payload).ok().filter(|&n| n <= MESSAGE).ok_or(Broken::Long)?;
        if kind.is_control() && (!last || payload > CONTROL) {
            return Err(Broken::Rules);
        }
        let Some((mask, rest)) = rest.split_first_chunk() else { return Ok(None) };
        Ok(Some(Self { kind, last, mask: *mask, len: bytes.len() - rest.len(), payload }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Control, Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};

    use super::*;

    /// A client's frame as another implementation writes it.
    fn masked(opcode: OpCode, last: bool, payload: &[u8]) -> Vec<u8> {
        let header =
            FrameHeader { is_final: last, opcode, mask: Some([0x12, 0, 0xfe, 0x34]), ..FrameHeader::default() };
        let mut bytes = vec![];
        Frame::from_payload(header, payload.to_vec().into()).format(&mut bytes).unwrap();
        bytes
    }

    fn all(bytes: &[u8], at_once: usize) -> Result<Vec<Heard>, Broken> {
        let mut decoder = Decoder::default();
        let mut heard = vec![];
        for part in bytes.chunks(at_once.max(1)) {
            decoder.push(part);
            while let Some(one) = decoder.next()? {
                heard.push(one);
            }
        }
        assert!(decoder.pending.is_empty() || at_once > 0);
        Ok(heard)
    }

    proptest! {
        #[test]
        fn messages_come_through_however_they_are_cut(
            text in "[a-zé]{0,300}", cuts in prop::collection::vec(0usize..300, 0..4), at_once in 1usize..400,
        ) {
            let bytes = text.as_bytes();
            let mut ends: Vec<usize> = cuts.into_iter().map(|n| n.min(bytes.len())).chain([bytes.len()]).collect();
            ends.sort_unstable();
            let (mut sent, mut from) = (vec![], 0);
            for (n, &to) in ends.iter().enumerate() {
                let data = if n == 0 { Data::Text } else { Data::Continue };
                sent.extend(masked(OpCode::Data(data), n + 1 == ends.len(), &bytes[from..to]));
                sent.extend(masked(OpCode::Control(Control::Ping), true, b"?"));
                from = to;
            }
            sent.extend(masked(OpCode::Data(Data::Binary), true, &[0; 70]));
            let mut heard = all(&sent, at_once).unwrap();
            heard.retain(|h| *h != Heard::Ping(b"?".to_vec()));
            prop_assert_eq!(heard, vec![Heard::Text(text), Heard::Binary(vec![0; 70])]);
        }

        #[test]
        fn nothing_a_client_sends_does_harm(bytes in prop::collection::vec(any::<u8>(), 0..200), at_once in 1usize..200) {
            let _ = all(&bytes, at_once);
        }

        #[test]
        fn heads_are_those_of_another_implementation(len in 0usize..200_000, last: bool) {
            let payload = vec![7; len];
            let mut expected = vec![];
            Frame::message(payload.clone(), OpCode::Data(Data::Text), last).format(&mut expected).unwrap();
            prop_assert_eq!(frame(Kind::Text, last, &payload), expected);
        }
    }

    #[test]
    fn what_breaks_the_rules_is_refused() {
        let text = OpCode::Data(Data::Text);
        let mut unmasked = masked(text, true, b"a");
        unmasked[1] &= 0x7f;
        let mut reserved = masked(text, true, b"a");
        reserved[0] |= 0x40;
        let twice = [masked(text, false, b"a"), masked(text, true, b"b")].concat();
        let long = [masked(text, false, &[b'a'; MESSAGE]), masked(OpCode::Data(Data::Continue), true, b"b")].concat();
        for (bytes, expected) in [
            (unmasked, Broken::Rules),
            (reserved, Broken::Rules),
            (twice, Broken::Rules),
            (masked(OpCode::Data(Data::Continue), true, b"a"), Broken::Rules),
            (masked(OpCode::Control(Control::Ping), false, b"a"), Broken::Rules),
            (masked(OpCode::Control(Control::Ping), true, &[0; CONTROL + 1]), Broken::Rules),
            (masked(OpCode::Control(Control::Reserved(0xc)), true, b""), Broken::Rules),
            (masked(text, true, &[b'a'; MESSAGE + 1]), Broken::Long),
            (vec![0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Broken::Long),
            (long, Broken::Long),
            (masked(text, true, &[0xff]), Broken::Text),
        ] {
            assert_eq!(all(&bytes, 4096), Err(expected), "{:?}", bytes.get(..12));
        }
        let closing = [1001_u16.to_be_bytes().as_slice(), b"bye"].concat();
        let heard = all(&masked(OpCode::Control(Control::Close), true, &closing), 3).unwrap();
        assert_eq!(heard, [Heard::Close(Some(1001))]);
    }

    #[test]
    fn a_quiet_socket_keeps_no_buffer() {
        let mut decoder = Decoder::default();
        decoder.push(&masked(OpCode::Data(Data::Text), true, &[b'a'; 5_000]));
        assert!(decoder.next().unwrap().is_some());
        assert_eq!((decoder.pending.capacity(), decoder.message), (0, None));
    }
}

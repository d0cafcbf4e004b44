//! A message cut into websocket frames: a socket's buffer holds one piece and not a snapshot of 25 MB, for ever.

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// Most bytes of a piece.
pub(super) const PIECE: usize = 4 << 10;

/// A text of `head` and `body`; pieces of the body share its bytes.
pub(super) fn pieces(head: String, body: &Bytes) -> impl Iterator<Item = Message> {
    let mut first = head.into_bytes();
    let with = body.len().min(PIECE.saturating_sub(first.len()));
    let mut rest = body.slice(with..);
    first.extend_from_slice(body.get(..with).unwrap_or_default());
    let mut next = Some(Frame::message(first, OpCode::Data(Data::Text), rest.is_empty()));
    std::iter::from_fn(move || {
        let piece = next.take()?;
        if !rest.is_empty() {
            let data = rest.split_to(rest.len().min(PIECE));
            next = Some(Frame::message(data, OpCode::Data(Data::Continue), rest.is_empty()));
        }
        Some(Message::Frame(piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_whole() {
        for len in [0, 1, PIECE - 3, PIECE - 2, PIECE - 1, PIECE, 10 * PIECE, 10 * PIECE + 1] {
            let body = Bytes::from(vec![b'x'; len]);
            let mut whole = vec![];
            let mut ends = vec![];
            for piece in pieces("ab".into(), &body) {
                let Message::Frame(frame) = piece else { panic!("a frame") };
                assert!(frame.payload().len() <= PIECE);
                let kind = if whole.is_empty() { Data::Text } else { Data::Continue };
                assert_eq!(frame.header().opcode, OpCode::Data(kind));
                ends.push(frame.header().is_final);
                whole.extend_from_slice(frame.payload());
            }
            assert_eq!(whole.len(), 2 + len);
            assert!(ends.pop().unwrap() && !ends.contains(&true), "the last one ends it, {len}");
        }
    }
}

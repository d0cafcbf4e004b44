//! The protobuf wire format, read in place: no copy, no allocation, nothing believed about lengths.

/// Not protobuf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not protobuf: {0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Field<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

/// Fields of a message, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Of these bytes.
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next field with its number; none at the end.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(u32, Field<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let number = match u32::try_from(key >> 3) {
            Ok(n @ 1..=0x1fff_ffff) => n,
            _ => return Err(Malformed("a field number is out of range")),
        };
        let field = match key & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = self.varint()?;
                let length = usize::try_from(length).ok().filter(|&n| n <= self.rest.len());
                let length = length.ok_or(Malformed("a length reaches beyond the end"))?;
                let (bytes, rest) = self.rest.split_at(length);
                self.rest = rest;
                Field::Bytes(bytes)
            }
            5 => Field::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(Malformed("an unknown wire type")),
        };
        Ok(Some((number, field)))
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        // most are one byte long
        if let [first @ 0..=0x7f, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*first));
        }
        if let Some(word) = self.rest.first_chunk().map(|b| u64::from_le_bytes(*b)) {
            // up to eight bytes, seven bits each, pushed together in three steps
            let ends = !word & 0x8080_8080_8080_8080;
            if ends != 0 {
                let bits = ends.trailing_zeros() + 1;
                let word = word & (u64::MAX >> (64 - bits)) & 0x7f7f_7f7f_7f7f_7f7f;
                let word = (word & 0x7f00_7f00_7f00_7f00) >> 1 | word & 0x007f_007f_007f_007f;
                let word = (word & 0x3fff_0000_3fff_0000) >> 2 | word & 0x0000_3fff_0000_3fff;
                self.rest = &self.rest[(bits / 8) as usize..];
                return Ok((word & 0x0fff_ffff_0000_0000) >> 4 | word & 0x0fff_ffff);
            }
        }
        let mut value = 0u64;
        for (i, &byte) in self.rest.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte < 0x80 {
                if i == 9 && byte > 1 {
                    break;
                }
                self.rest = &self.rest[i + 1..];
                return Ok(value);
            }
        }
        Err(Malformed("a number ends too late or not at all"))
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (array, rest) = self.rest.split_first_chunk().ok_or(Malformed("it ends too early"))?;
        self.rest = rest;
        Ok(*array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u32, Field<'_>)>, Malformed> {
        let (mut fields, mut out) = (Fields::new(bytes), vec![]);
        while let Some(field) = fields.next()? {
            out.push(field);
        }
        Ok(out)
    }

    #[test]
    fn every_wire_type_is_read() {
        let bytes = [0x08, 0x96, 0x01, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0x1a, 2, b'h', b'i', 0x25, 2, 0, 0, 0];
        let expect =
            [(1, Field::Varint(150)), (2, Field::Fixed64(1)), (3, Field::Bytes(b"hi")), (4, Field::Fixed32(2))];
        assert_eq!(all(&bytes).unwrap(), expect);
        let largest = [0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(all(&largest).unwrap(), [(1, Field::Varint(u64::MAX))]);
    }

    #[test]
    fn numbers_of_every_length_with_anything_behind_them() {
        for bits in 0..64 {
            for value in [1u64 << bits, (1 << bits) - 1, u64::MAX >> bits, 0x5555_5555_5555_5555 >> bits] {
                for behind in [0, 3, 12] {
                    let (mut bytes, mut rest) = (vec![0x08], value);
                    while rest > 0x7f {
                        bytes.push((rest & 0x7f) as u8 | 0x80);
                        rest >>= 7;
                    }
                    bytes.push(rest as u8);
                    let mut fields = Fields::new(&bytes);
                    assert_eq!(fields.next(), Ok(Some((1, Field::Varint(value)))), "{value:x}");
                    bytes.resize(bytes.len() + behind, 0xff);
                    let mut fields = Fields::new(&bytes);
                    assert_eq!(fields.next(), Ok(Some((1, Field::Varint(value)))), "{value:x} and {behind}");
                    assert_eq!(fields.rest.len(), behind);
                }
            }
        }
    }

    #[test]
    fn broken_bytes_are_refused() {
        for (bytes, reason) in [
            (&[0x08][..], "a number ends too late or not at all"),
            (&[0x08, 0x80], "a number ends too late or not at all"),
            (
                &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02],
                "a number ends too late or not at all",
            ),
            (&[0x0a, 2, 1], "a length reaches beyond the end"),
            (&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], "a length reaches beyond the end"),
            (&[0x09, 1, 2], "it ends too early"),
            (&[0x0d, 1, 2], "it ends too early"),
            (&[0x00, 1], "a field number is out of range"),
            (&[0x0b], "an unknown wire type"),
            (&[0x0e], "an unknown wire type"),
        ] {
            assert_eq!(all(bytes), Err(Malformed(reason)), "{bytes:x?}");
        }
    }
}

//! Changes inputs at random, in an order that a seed decides.

/// Pieces that parsers treat in a special way.
const PIECES: [&[u8]; 34] = [
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"=",
    b"\n",
    b"\r",
    b"\0",
    b"#",
    b"\\u0000",
    b"\\ud800",
    b"\\",
    b"null",
    b"true",
    b"-1",
    b"1e999",
    b"18446744073709551616",
    b"9223372036854775807",
    b"\xff\xfe",
    b"\xc3\x28",
    b"hunter2",
    b" ",
    b"%",
    b"@",
    b"\x30\x84\xff\xff\xff\xff",
    b"\x30\x80",
    b"\x02\x05\x00\xff\xff\xff\xff",
    b"\xff\xff\xff\xff\x0f",
    b"\x0b",
    b"\x1b[2J",
    b"hunter2==\n",
];
/// The largest input, in bytes.
const LARGEST: usize = 8192;

/// A generator of random numbers (xorshift).
pub struct Mutator(u64);

impl Mutator {
    pub fn new(seed: u64) -> Mutator {
        Mutator(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound.max(1)
    }

    /// A changed copy of one of the inputs.
    pub fn mutated(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(16)).min(bytes.len());
            match self.below(8) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                2 if at < end => drop(bytes.drain(at..end)),
                3 if at < end => {
                    let copy = bytes[at..end].repeat(1 + self.below(20));
                    bytes.splice(at..at, copy);
                }
                4 => bytes.truncate(at),
                5 => {
                    let other = &inputs[self.below(inputs.len())];
                    let from = self.below(other.len() + 1);
                    bytes.truncate(at);
                    bytes.extend_from_slice(&other[from..]);
                }
                _ => drop(bytes.splice(at..at, PIECES[self.below(PIECES.len())].iter().copied())),
            }
        }
        bytes.truncate(LARGEST);
        bytes
    }
}

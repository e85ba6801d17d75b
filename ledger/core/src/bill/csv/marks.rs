//! Where the signs of CSV stand among 64 bytes: one bit for each, the lowest for the first.

use wide::u8x16;

/// Bytes that are looked at together.
pub const BLOCK: usize = 64;

/// Bytes that are looked at together, as vectors.
#[derive(Debug, Clone, Copy)]
pub struct Block([u8x16; 4]);

impl Block {
    #[inline(always)]
    pub fn of(bytes: &[u8; BLOCK]) -> Self {
        let (vectors, _) = bytes.as_chunks::<16>();
        let mut block = Self([u8x16::ZERO; 4]);
        for (vector, bytes) in block.0.iter_mut().zip(vectors) {
            *vector = u8x16::new(*bytes);
        }
        block
    }

    /// Where a byte stands.
    #[inline(always)]
    pub fn find(&self, byte: u8) -> u64 {
        let byte = u8x16::splat(byte);
        let found = |bytes: &u8x16| u64::from(bytes.simd_eq(byte).to_bitmask());
        self.0.iter().rev().fold(0, |mask, bytes| mask << 16 | found(bytes))
    }
}

/// Of each bit, whether an odd number of bits up to it are set, itself among them.
#[inline(always)]
pub fn odd(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bit_for_each_byte(bytes in proptest::array::uniform32("[a-d]{2}")) {
            let text = bytes.concat();
            let bytes: &[u8; BLOCK] = text.as_bytes().try_into().unwrap();
            let block = Block::of(bytes);
            let found = block.find(b'b');
            for (at, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(found >> at & 1 == 1, *byte == b'b');
            }
        }

        #[test]
        fn odd_counts(bits: u64) {
            for at in 0..64 {
                let upto = bits & (u64::MAX >> (63 - at));
                prop_assert_eq!(odd(bits) >> at & 1, u64::from(upto.count_ones() % 2));
            }
        }
    }
}

//! A hash for names that come with every message: quick, and seeded, so that nobody can choose names that collide.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};

/// A map by what comes with every message.
pub(crate) type FastMap<K, V> = HashMap<K, V, Seed>;

/// Odd, with ones and zeros well spread: the golden ratio.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// A seed of its own for each map.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        // the standard library's seed is random
        Self(RandomState::new().hash_one(0u8))
    }
}

impl BuildHasher for Seed {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded { state: self.0, seed: self.0 | 1 }
    }
}

/// Multiplies word by word to 128 bits and folds the halves together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Folded {
    state: u64,
    seed: u64,
}

impl Folded {
    #[inline]
    fn mix(&mut self, word: u64) {
        let wide = u128::from(self.state ^ word).wrapping_mul(u128::from(self.seed ^ MIX));
        self.state = (wide as u64) ^ ((wide >> 64) as u64).rotate_left(29);
    }
}

impl Hasher for Folded {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(word.try_into().map_or(0, u64::from_le_bytes));
        }
        let rest = words.remainder();
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.mix(u64::from_le_bytes(last));
        }
        // so that texts of zeros differ by their lengths
        self.mix(bytes.len() as u64);
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.state ^= u64::from(n).wrapping_mul(MIX);
    }

    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.mix(n.into());
    }

    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.mix(n);
    }

    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.mix(n as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        let wide = u128::from(self.state).wrapping_mul(u128::from(MIX));
        (wide as u64) ^ ((wide >> 64) as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_that_differ_little_spread_over_all_bits() {
        let seed = Seed::default();
        let names: Vec<String> = (0..20_000).map(|n| format!("linepack/v1/telemetry/rs-{n}/flow")).collect();
        let all: Vec<u64> = names.iter().map(|n| seed.hash_one(n)).collect();
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), names.len());
        // the bits a table takes: 20,000 names in 32,768 places leave 54 in a hundred of the places empty when even
        for shift in [0, 20, 49] {
            let places: HashSet<u64> = all.iter().map(|h| h >> shift & 0x7fff).collect();
            assert!((14_400..15_600).contains(&places.len()), "{} places from bit {shift}", places.len());
        }
        for (a, b) in [("", "\0"), ("a", "a\0"), ("12345678", "12345678\0")] {
            assert_ne!(seed.hash_one(a), seed.hash_one(b));
        }
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(Seed::default().hash_one("x"), Seed::default().hash_one("x"));
    }
}

//! Choice of the gateway for a new socket: random among the region's gateways in use. If those are full, the range
//! doubles. A search without prior knowledge reaches a gateway with room in logarithmically many steps, so few tries
//! suffice.

use std::ops::Range;

/// Maximum number of gateways per region.
pub(super) const MAX_GATEWAYS: u32 = 64;
/// Maximum number of gateways tried per socket.
pub(super) const MAX_TRIES: usize = 10;
/// Tries among the gateways in use before the range doubles: random choice has filled them evenly.
const TRIES_IN_USE: usize = 2;

/// A search for a gateway with room.
#[derive(Debug)]
pub(super) struct Search {
    /// Number of gateways in use, as far as this search knows.
    in_use: u32,
    /// Numbers of the gateways that the search currently draws from.
    among: Range<u32>,
    /// Tries left in this range before the range doubles.
    left: usize,
    tried: Vec<u32>,
}

impl Search {
    /// Starts with this many gateways in use.
    pub(super) fn new(in_use: u32) -> Self {
        let in_use = in_use.clamp(1, MAX_GATEWAYS);
        Self { in_use, among: 0..in_use, left: TRIES_IN_USE, tried: Vec::new() }
    }

    /// The next gateway to try, drawn with `random`. `None` after the maximum number of tries.
    pub(super) fn next(&mut self, random: u32) -> Option<u32> {
        if self.tried.len() == MAX_TRIES {
            return None;
        }
        if self.left == 0 || self.untried().is_empty() {
            self.look_further();
        }
        let untried = self.untried();
        let count = u32::try_from(untried.len()).ok().filter(|count| *count > 0)?;
        let number = untried.into_iter().nth(random.checked_rem(count)? as usize)?;
        self.left = self.left.saturating_sub(1);
        self.tried.push(number);
        Some(number)
    }

    /// Number of gateways in use, updated by the search.
    pub(super) fn in_use(&self) -> u32 {
        self.in_use
    }

    fn untried(&self) -> Vec<u32> {
        self.among.clone().filter(|number| !self.tried.contains(number)).collect()
    }

    fn look_further(&mut self) {
        if self.in_use == MAX_GATEWAYS {
            (self.among, self.left) = (0..MAX_GATEWAYS, MAX_TRIES);
            return;
        }
        let more = self.in_use.saturating_mul(2).min(MAX_GATEWAYS);
        (self.among, self.left) = (self.in_use..more, 1);
        self.in_use = more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gateways that a search tries if all are full, and the resulting number in use.
    fn all_tries(in_use: u32, random: u32) -> (Vec<u32>, u32) {
        let mut search = Search::new(in_use);
        let tries = std::iter::from_fn(|| search.next(random)).collect();
        (tries, search.in_use())
    }

    #[test]
    fn the_first_is_random_among_those_in_use() {
        for random in 0..12 {
            assert_eq!(Search::new(4).next(random), Some(random % 4));
        }
        assert_eq!(Search::new(1).next(u32::MAX), Some(0));
    }

    #[test]
    fn full_gateways_double_the_range() {
        assert_eq!(all_tries(1, 0).0[..7], [0, 1, 2, 4, 8, 16, 32]);
        let mut search = Search::new(4);
        let tries: Vec<_> = (0..3).filter_map(|_| search.next(0)).collect();
        assert_eq!((tries, search.in_use()), (vec![0, 1, 4], 8), "two tries among the gateways in use");
    }

    #[test]
    fn a_search_ends_and_tries_no_gateway_twice() {
        for (in_use, random) in [(0, 0), (1, 0), (1, 7), (3, 1), (40, 5), (64, 3), (1_000, 9)] {
            let (mut tries, in_use) = all_tries(in_use, random);
            assert_eq!((tries.len(), in_use), (MAX_TRIES, MAX_GATEWAYS));
            tries.sort_unstable();
            tries.dedup();
            assert_eq!(tries.len(), MAX_TRIES);
            assert!(tries.iter().all(|number| *number < MAX_GATEWAYS));
        }
    }
}

//! Who shows wrong tokens again and again?
//!
//! A small table of addresses with the wrong tokens they showed within a minute. It only ever
//! changes how a *wrong* token is answered; a right one never comes here. The table has an end:
//! when it is full, the address that was quiet for longest is forgotten.
//!
//! It also counts the refusals that are worth a line, so that the log gets one line a minute instead
//! of one each.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

const ADDRESSES_MOST: usize = 256;
const WINDOW: Duration = Duration::from_secs(60);

/// Wrong tokens by address, and the count for the log. Times are the steady clock's.
#[derive(Debug)]
pub(super) struct Strikes {
    most: u32,
    table: Vec<Entry>,
    refused: u32,
    wrong_tokens: u32,
    told_at: Option<Duration>,
}

#[derive(Debug)]
struct Entry {
    address: IpAddr,
    since: Duration,
    strikes: u32,
}

impl Strikes {
    /// `most` wrong tokens a minute are answered as such.
    pub(super) fn new(most: u32) -> Self {
        Self { most, table: Vec::new(), refused: 0, wrong_tokens: 0, told_at: None }
    }

    /// Notes a wrong token from `address` and says whether it was one too many.
    pub(super) fn strike(&mut self, address: IpAddr, now: Duration) -> bool {
        let address = neighbourhood(address);
        self.table.retain(|entry| now.saturating_sub(entry.since) < WINDOW);
        if let Some(entry) = self.table.iter_mut().find(|entry| entry.address == address) {
            entry.strikes = entry.strikes.saturating_add(1);
            return entry.strikes > self.most;
        }
        if self.table.len() >= ADDRESSES_MOST {
            self.table.remove(0); // entries stand in the order of their first strike
        }
        self.table.push(Entry { address, since: now, strikes: 1 });
        self.most == 0
    }

    /// Notes a refusal, perhaps of a wrong token. At most once a minute there is a line for the log.
    pub(super) fn note_refused(&mut self, is_guess: bool, now: Duration) -> Option<String> {
        self.refused = self.refused.saturating_add(1);
        self.wrong_tokens = self.wrong_tokens.saturating_add(u32::from(is_guess));
        if self.told_at.is_some_and(|at| now.saturating_sub(at) < WINDOW) {
            return None;
        }
        self.told_at = Some(now);
        let (refused, wrong) = (self.refused, self.wrong_tokens);
        (self.refused, self.wrong_tokens) = (0, 0);
        Some(format!("requests refused: {refused}, of which {wrong} for a wrong token"))
    }
}

/// The address for which one household answers: an IPv6 host has its whole /64 to speak from.
pub(super) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_the_address_itself_pays_and_only_for_a_minute() {
        let mut strikes = Strikes::new(2);
        let second = Duration::from_secs;
        let bad = address("192.0.2.1");
        let answers: Vec<_> = (0..4).map(|at| strikes.strike(bad, second(at))).collect();
        assert_eq!(answers, [false, false, true, true]);
        assert!(!strikes.strike(address("192.0.2.2"), second(5)));
        assert!(strikes.strike(address("::ffff:192.0.2.1"), second(59)), "the same in v6 clothes");
        assert!(!strikes.strike(bad, second(60)), "a minute later it is forgotten");
    }

    #[test]
    fn an_ipv6_host_cannot_hide_within_its_network() {
        let mut strikes = Strikes::new(1);
        assert!(!strikes.strike(address("2001:db8::1"), Duration::ZERO));
        assert!(strikes.strike(address("2001:db8::2"), Duration::ZERO));
        assert!(!strikes.strike(address("2001:db8:0:1::1"), Duration::ZERO));
    }

    #[test]
    fn the_table_has_an_end() {
        let mut strikes = Strikes::new(2);
        for n in 0..10_000 {
            strikes.strike(IpAddr::V4(n.into()), Duration::ZERO);
        }
        assert_eq!(strikes.table.len(), ADDRESSES_MOST);
    }

    #[test]
    fn the_log_gets_a_count_once_a_minute() {
        let mut strikes = Strikes::new(20);
        let mut lines = Vec::new();
        for at in 0..90 {
            lines.extend(strikes.note_refused(at % 2 == 0, Duration::from_secs(at)));
        }
        assert_eq!(
            lines,
            [
                "requests refused: 1, of which 1 for a wrong token",
                "requests refused: 60, of which 30 for a wrong token"
            ]
        );
    }
}

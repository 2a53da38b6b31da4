//! What was told, held against what happened.

use super::claims::Claim;
use super::run::Told;
use super::world::name_of;
use crate::event::Time;
use crate::intent::Verb;

/// What is wrong with what was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrong {
    /// It was seen, and no play of it was told.
    Lost(String),
    /// A play that lies at no time at which it was seen.
    Misdated(String),
    /// A play of what was not seen, or one too many.
    Invented(String),
}

impl Wrong {
    /// Its kind alone, by which a shorter story is still the same.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Lost(_) => 0,
            Self::Misdated(_) => 1,
            Self::Invented(_) => 2,
        }
    }
}

/// Compares, item by item.
pub(super) fn judge(claims: &[Claim], told: &[Told]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut taken = vec![false; claims.len()];
    let mut plays: Vec<&Told> =
        told.iter().filter(|told| told.intent.verb == Verb::Finish).collect();
    plays.sort_by_key(|told| told.intent.at);
    let mut without = Vec::new();
    for play in plays {
        let name = name_of(&play.intent.item, 0);
        let at = play.intent.at.0;
        let fits = |claim: &Claim| {
            claim.account == play.intent.account
                && claim.name == name
                && (claim.from..=claim.to).contains(&at)
        };
        let found = (0..claims.len())
            .filter(|index| !taken[*index] && fits(&claims[*index]))
            .min_by_key(|index| (!claims[*index].is_sure, claims[*index].to));
        match found {
            Some(index) => taken[index] = true,
            None => without.push((play, name)),
        }
    }
    for (play, name) in without {
        let text = format!("{name}, {} told for {}", Time(play.now), play.intent.at);
        let same = |claim: &Claim| claim.account == play.intent.account && claim.name == name;
        let open = (0..claims.len())
            .find(|index| !taken[*index] && claims[*index].is_sure && same(&claims[*index]));
        match open {
            Some(index) => {
                taken[index] = true;
                let (from, to) = (Time(claims[index].from), Time(claims[index].to));
                wrong.push(Wrong::Misdated(format!("{text}, seen {from} to {to}")));
            }
            None => wrong.push(Wrong::Invented(format!("{}: {text}", play.intent.account))),
        }
    }
    for (index, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.is_sure) {
        if !taken[index] {
            let (from, to) = (Time(claim.from), Time(claim.to));
            wrong.push(Wrong::Lost(format!(
                "{}: {}, seen {from} to {to}",
                claim.account, claim.name
            )));
        }
    }
    wrong.sort();
    wrong
}

//! What was told, held against what happened.

use super::claims::Claim;
use super::run::Told;
use super::world::name_of;
use crate::event::Time;
use crate::intent::Verb;
use std::collections::BTreeMap;

/// What is wrong with what was told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wrong {
    /// It was seen, and no play of it was told.
    Lost(String),
    /// A play that lies at no time at which it was seen.
    Misdated(String),
    /// A play of what was not seen, or one too many.
    Invented(String),
    /// A play for which a tracker has no words.
    Unsayable(String),
    /// A start that nothing ends: it stays open at a tracker.
    Open(String),
    /// A call that a tracker takes for something else than was told.
    Misleading(String),
}

impl Wrong {
    /// Its kind alone, by which a shorter story is still the same.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Lost(_) => 0,
            Self::Misdated(_) => 1,
            Self::Invented(_) => 2,
            Self::Unsayable(_) => 3,
            Self::Open(_) => 4,
            Self::Misleading(_) => 5,
        }
    }
}

/// Compares: claims and plays are matched so that as few as can be are left over on either side.
pub(super) fn judge(claims: &[Claim], told: &[Told]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut plays: Vec<&Told> =
        told.iter().filter(|told| told.intent.verb == Verb::Finish).collect();
    plays.sort_by_key(|told| told.intent.at);
    let fits = |claim: &Claim, play: &&Told| {
        claim.account == play.intent.account
            && claim.name == name_of(&play.intent.item, 0)
            && (claim.from..=claim.to).contains(&play.intent.at.0)
    };
    let mut pairs = Pairs {
        fits: plays
            .iter()
            .map(|play| claims.iter().map(|claim| fits(claim, play)).collect())
            .collect(),
        claim_of: vec![None; plays.len()],
        play_of: vec![None; claims.len()],
    };
    for claim in (0..claims.len()).filter(|claim| claims[*claim].is_sure) {
        pairs.find_play(claim, &mut vec![false; plays.len()]);
    }
    for play in 0..plays.len() {
        if pairs.claim_of[play].is_some() {
            continue;
        }
        pairs.find_claim(play, &mut vec![false; claims.len()]);
    }
    let mut taken: Vec<bool> = pairs.play_of.iter().map(Option::is_some).collect();
    let left_over = pairs.claim_of.iter().zip(plays).filter(|(claim, _)| claim.is_none());
    let without: Vec<_> =
        left_over.map(|(_, play)| (play, name_of(&play.intent.item, 0))).collect();
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

/// Each start that is the last that was told of its item: a pause, an end or a play must follow.
pub(super) fn open_starts(told: &[Told]) -> Vec<Wrong> {
    let mut last: BTreeMap<(&str, String), &Told> = BTreeMap::new();
    for told in told {
        match told.intent.verb {
            Verb::Start | Verb::Pause | Verb::Left | Verb::Abandoned | Verb::Finish => {
                last.insert((&told.intent.account, name_of(&told.intent.item, 0)), told);
            }
            Verb::Rate(_) | Verb::Unrate | Verb::Mark | Verb::Unmark => {}
        }
    }
    let open = last.into_iter().filter(|(_, told)| told.intent.verb == Verb::Start);
    open.map(|((account, name), start)| {
        Wrong::Open(format!("{account}: {name}, started {}", Time(start.now)))
    })
    .collect()
}

/// Which play is told of which claim. Whoever has found one keeps one, if perhaps another.
struct Pairs {
    /// Whether a claim fits a play, by play and claim.
    fits: Vec<Vec<bool>>,
    claim_of: Vec<Option<usize>>,
    play_of: Vec<Option<usize>>,
}

impl Pairs {
    fn find_play(&mut self, claim: usize, tried: &mut [bool]) -> bool {
        for play in 0..self.claim_of.len() {
            if !self.fits[play][claim] || std::mem::replace(&mut tried[play], true) {
                continue;
            }
            if self.claim_of[play].is_none_or(|other| self.find_play(other, tried)) {
                (self.claim_of[play], self.play_of[claim]) = (Some(claim), Some(play));
                return true;
            }
        }
        false
    }

    fn find_claim(&mut self, play: usize, tried: &mut [bool]) -> bool {
        for claim in 0..self.play_of.len() {
            if !self.fits[play][claim] || std::mem::replace(&mut tried[claim], true) {
                continue;
            }
            if self.play_of[claim].is_none_or(|other| self.find_claim(other, tried)) {
                (self.claim_of[play], self.play_of[claim]) = (Some(claim), Some(play));
                return true;
            }
        }
        false
    }
}

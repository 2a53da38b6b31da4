//! What must be told of what happened, and what may be: a play for certain, perhaps one, or none.
//!
//! A claim is only certain where what arrived shows it. Which faults make a truth unknowable:
//!
//! - everything that shows the end is lost: no position past 90 %, no completion, and nothing else
//!   begins on the player;
//! - a player without positions (its server then calls all completed) that was left between a
//!   third and the end, or of which anything was lost;
//! - a player that leaves in silence, or whose events were lost, while something else begins on it
//!   when it could have come to the end;
//! - Emby, which says nothing of seeks, near the end of such a sitting;
//! - a second viewing whose start was lost, or what is gone on with a day later, or without a
//!   position, and looks like one;
//! - a stop, where nothing else came, on a player that had stopped the same before;
//! - a start that comes after its own stop, which seems to begin it once more, perhaps after what
//!   followed it;
//! - Jellyfin, where a player is set back to the very beginning: that is given as 0, which is no
//!   position;
//! - an item that is set back to its beginning when it, or an episode of it, has counted: what is
//!   seen twice may count twice;
//! - two that watch the same on one account at the same time, or one who may have gone on elsewhere.

use super::faults::Arrival;
use super::habits::next_on;
use super::truth::{End, Sitting, Stroke, Walk, What};
use super::world::{HOUR, House, MINUTE, SECOND, Title, name_of};
use crate::event::{Action, Source};

/// What is to be told of one viewing of one movie or episode.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) account: &'static str,
    pub(super) name: String,
    pub(super) is_sure: bool,
    /// In which time the play must lie.
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) viewing: u64,
}

/// Some time, nobody knows when.
const LATER: u64 = u64::MAX / 1000;
/// By how much a play may be dated beside the truth.
const TOLERANCE: u64 = 75 * SECOND;

/// All claims of a story. `arrivals` are of `sittings`, by their indexes.
pub(super) fn claims(house: &House, sittings: &[Sitting], arrivals: &[Arrival]) -> Vec<Claim> {
    let mut viewings: Vec<u64> = sittings.iter().map(|sitting| sitting.viewing).collect();
    viewings.sort_unstable();
    viewings.dedup();
    let all: Vec<Watching<'_>> = (viewings.into_iter())
        .map(|viewing| Watching::of(viewing, house, sittings, arrivals))
        .collect();
    all.iter().flat_map(|watching| watching.claims(&all)).collect()
}

/// A viewing with all that is known of it.
struct Watching<'a> {
    viewing: u64,
    title_index: usize,
    title: &'a Title,
    account: &'static str,
    visits: Vec<Visit<'a>>,
}

/// One sitting of it.
struct Visit<'a> {
    source: Source,
    has_no_position: bool,
    carries_the_end_over: bool,
    sitting: &'a Sitting,
    walk: Walk,
    arrivals: Vec<&'a Arrival>,
    /// When something else was begun on the player by the same person, as far as it arrived.
    handed_over: Option<u64>,
    /// When something else seems to have begun on it, by anybody.
    next: Option<u64>,
    is_troubled: bool,
    /// Whether what was before it on the player was.
    follows_trouble: bool,
}

impl<'a> Watching<'a> {
    fn of(
        viewing: u64,
        house: &'a House,
        sittings: &'a [Sitting],
        arrivals: &'a [Arrival],
    ) -> Self {
        let mine = sittings.iter().enumerate().filter(|(_, sitting)| sitting.viewing == viewing);
        let visits: Vec<Visit<'a>> = mine
            .map(|(index, sitting)| {
                let player = &house.players[sitting.player];
                let arrivals_of = |index: usize| {
                    arrivals.iter().filter(move |arrival| arrival.said.sitting == index)
                };
                let own: Vec<&Arrival> = arrivals_of(index).collect();
                let before = (0..sittings.len())
                    .filter(|other| sittings[*other].player == sitting.player)
                    .filter(|other| sittings[*other].begins < sitting.begins)
                    .max_by_key(|other| sittings[*other].begins);
                let next = next_on(sittings, sitting);
                let next_index = next
                    .and_then(|next| sittings.iter().position(|other| std::ptr::eq(other, next)));
                // What is lost of it delays when anything is heard of it.
                let next_starts = next_index.and_then(|index| {
                    arrivals_of(index).flat_map(|arrival| arrival.arrives.iter().copied()).min()
                });
                // A start that comes late seems to begin after what followed it; what is no start
                // and comes within a minute may be late itself.
                let started = own.iter().filter(|own| own.said.event.action == Action::Start);
                let started = started.flat_map(|start| start.arrives.iter().copied()).max();
                let started = started.unwrap_or(sitting.begins);
                let others = arrivals.iter().filter(|arrival| {
                    let other = &sittings[arrival.said.sitting];
                    other.player == sitting.player
                        && other.title != sitting.title
                        && other.begins > sitting.begins
                });
                let begun = others.filter_map(|arrival| {
                    let since = match arrival.said.event.action {
                        Action::Start => started,
                        Action::Pause | Action::Resume | Action::Progress { .. } => {
                            started + MINUTE
                        }
                        _ => LATER,
                    };
                    // What is said twice is a repetition, whichever comes first.
                    let is_the_same = |other: &&Arrival| {
                        (other.said.sitting, other.said.at)
                            == (arrival.said.sitting, arrival.said.at)
                            && other.said.event == arrival.said.event
                    };
                    let same = arrivals.iter().filter(is_the_same);
                    let first = same.flat_map(|same| &same.arrives).copied().min();
                    first.filter(|at| *at > since)
                });
                let begun = begun.min();
                let has_start = next_index.is_some_and(|index| {
                    arrivals_of(index).any(|arrival| {
                        arrival.said.event.action == Action::Start && !arrival.arrives.is_empty()
                    })
                });
                let same_person = next.is_some_and(|next| {
                    next.person == sitting.person && next.title != sitting.title
                });
                let walk = sitting.walk(house.shelf[sitting.title].runtime);
                Visit {
                    source: player.source,
                    has_no_position: player.habits.has_no_position,
                    carries_the_end_over: player.habits.carries_the_end_over,
                    sitting,
                    is_troubled: own.iter().any(|arrival| arrival.is_troubled),
                    follows_trouble: before.is_some_and(|before| {
                        arrivals_of(before).any(|arrival| arrival.is_troubled)
                    }),
                    arrivals: own,
                    handed_over: next_starts.filter(|_| same_person && has_start),
                    next: next.map(|_| begun.unwrap_or(LATER)),
                    walk,
                }
            })
            .collect();
        let first = visits[0].sitting;
        Self {
            viewing,
            title_index: first.title,
            title: &house.shelf[first.title],
            account: house.people[first.person].account,
            visits,
        }
    }

    fn claims(&self, all: &[Self]) -> Vec<Claim> {
        let claims = (0..self.title.parts)
            .filter_map(|part| Some((self.claim(part, all)?, self.goes_back_after(part))));
        // Where nobody can know, each sitting may seem to be whole.
        // A stop that comes after the next start of the same may end that too.
        // And one whose start comes after its stop seems to have begun twice.
        let blurred = all.iter().any(|before| before.ends_late_in(self))
            || self.visits.iter().any(|visit| visit.has_stopped() && visit.seems_open());
        let times = |claim: &Claim| {
            if claim.is_sure { 1 } else { self.visits.len() + usize::from(blurred) }
        };
        let claims = claims.flat_map(|(claim, goes_back)| {
            let perhaps = Claim { is_sure: false, ..claim.clone() };
            let again = (claim.is_sure && self.seems_to_begin_again()).then_some(perhaps.clone());
            let twice = goes_back.then_some(perhaps);
            vec![claim.clone(); times(&claim)].into_iter().chain(again).chain(twice)
        });
        claims.collect()
    }

    /// Whether it was set back to its beginning when this part may have been seen, which then
    /// really is seen twice.
    fn goes_back_after(&self, part: u64) -> bool {
        let share = self.title.runtime / self.title.parts;
        let maybe_at = part * share + share / 100 * 88;
        self.visits.iter().any(|visit| {
            visit.walk.steps.iter().any(|step| {
                let mut before = visit.walk.stretches.iter().filter(|it| it.at < step.at);
                matches!(step.what, What::Seek { .. })
                    && step.position <= self.title.runtime / 20
                    && before.any(|it| it.end_position() >= maybe_at)
            })
        })
    }

    /// Whether it is gone on with a day later, by a stop alone (nobody knows which viewing that
    /// ends) or before its end, or at any time by a start without a position: that begins it anew.
    fn seems_to_begin_again(&self) -> bool {
        let seen_at = self.title.runtime / 100 * 90;
        let mut pairs = self.visits.iter().zip(self.visits.iter().skip(1));
        pairs.any(|(before, visit)| {
            let is_later = visit.sitting.begins.saturating_sub(before.last_known()) >= 24 * HOUR;
            let mut heard = visit.arrivals.iter().filter(|arrival| !arrival.arrives.is_empty());
            let starts = heard.find(|it| it.said.event.action == Action::Start);
            let is_early = starts.is_some_and(|start| match start.said.event.position_ms {
                Some(position) => is_later && position < seen_at,
                None => true,
            });
            is_early || (is_later && visit.has_only_stopped())
        })
    }

    /// Whether something of it came when the next viewing of the same had begun.
    fn ends_late_in(&self, next: &Self) -> bool {
        let mut arrivals = self.visits.iter().flat_map(|visit| &visit.arrivals);
        self.title_index == next.title_index
            && self.account == next.account
            && self.begins() < next.begins()
            && arrivals.any(|arrival| arrival.arrives.iter().any(|at| *at > next.begins()))
    }

    /// Whether the same was begun on the account before this one can have come to its end, so that
    /// who watched it may have gone on there.
    fn may_have_moved(&self, all: &[Self]) -> bool {
        let left = |visit: &Visit<'_>| self.title.runtime - visit.walk.end_position;
        let rest = self.visits.iter().map(|visit| left(visit) + visit.hidden_jumps()).max();
        let end = self.ends() + rest.unwrap_or_default();
        all.iter().any(|other| {
            other.viewing != self.viewing
                && other.account == self.account
                && other.title_index == self.title_index
                && (self.begins()..=end).contains(&other.begins())
        })
    }

    fn pauses(&self) -> u64 {
        let strokes = self.visits.iter().flat_map(|visit| &visit.sitting.strokes);
        strokes.map(|stroke| if let Stroke::Pause(span) = stroke { *span } else { 0 }).sum()
    }

    fn begins(&self) -> u64 {
        self.visits[0].sitting.begins
    }

    fn ends(&self) -> u64 {
        self.visits.iter().map(|visit| visit.walk.ends).max().unwrap_or_default()
    }

    fn claim(&self, part: u64, all: &[Self]) -> Option<Claim> {
        let runtime = self.title.runtime;
        let share = runtime / self.title.parts;
        let (opens, closes) = (part * share, (part + 1) * share);
        let is_last = part + 1 == self.title.parts;
        // From here on it may count, and from there on it does.
        let maybe_at = opens + share / 100 * 88;
        let seen_at = if self.title.parts == 1 { runtime / 100 * 90 } else { closes };
        let passed_at = |position: u64| {
            let stretches = self.visits.iter().flat_map(|visit| &visit.walk.stretches);
            stretches.filter_map(|stretch| stretch.at_or_past(position)).min()
        };
        let reached = if self.title.parts == 1 {
            passed_at(seen_at)
        } else if is_last {
            passed_at(runtime / 100 * 90)
        } else {
            // Passed on the way, not jumped over.
            self.visits
                .iter()
                .flat_map(|visit| &visit.walk.stretches)
                .find(|s| s.position < closes && s.end_position() > closes)
                .and_then(|stretch| stretch.at_or_past(closes))
        };
        let claim = |is_sure, from: u64, to| Claim {
            account: self.account,
            name: name_of(&self.title.item, part),
            is_sure,
            from,
            to,
            viewing: self.viewing,
        };
        let perhaps = || {
            let to = self.ends() + runtime * 3 / 2 + HOUR;
            // Where its start was lost nobody knows when it began.
            let missed = if self.visits[0].starts_late() { runtime } else { 0 };
            Some(claim(false, self.begins().saturating_sub(5 * MINUTE + missed), to))
        };
        let highest = self.visits.iter().map(Visit::highest).max().unwrap_or_default();
        if reached.is_none() {
            let might =
                highest >= maybe_at || self.visits.iter().any(|v| v.may_overrun(runtime, maybe_at));
            return might.then(perhaps).flatten();
        }
        let reached = reached?;
        let covered: u64 = (self.visits.iter())
            .flat_map(|visit| &visit.walk.stretches)
            .map(|s| s.end_position().min(closes).saturating_sub(s.position.max(opens)))
            .sum();
        let overlaps: Vec<&Self> = (all.iter())
            .filter(|other| other.viewing != self.viewing && other.account == self.account)
            .filter(|other| other.title_index == self.title_index)
            .filter(|other| {
                other.begins() <= self.ends() + MINUTE && other.ends() + MINUTE >= self.begins()
            })
            .collect();
        let is_first = !all.iter().any(|other| {
            other.viewing != self.viewing
                && other.account == self.account
                && other.title_index == self.title_index
                && other.begins() < self.ends()
        });
        let sure = self.shows(part, runtime, seen_at, all)
            && (is_first || self.starts_afresh(runtime, all))
            && overlaps.iter().all(|other| other.begins() > self.begins())
            && (self.title.parts == 1 || covered * 100 >= share * if is_last { 70 } else { 95 });
        if !sure {
            return perhaps();
        }
        if self.visits.iter().any(|visit| visit.may_seem_seen(runtime, maybe_at)) {
            return perhaps();
        }
        let troubled = self.visits.iter().any(|visit| visit.is_troubled);
        let slack = TOLERANCE.max(runtime * 3 / 200);
        let last_play = (self.visits.iter())
            .flat_map(|visit| &visit.walk.stretches)
            .filter(|stretch| stretch.span > 0)
            .map(super::truth::Stretch::ends)
            .max()
            .unwrap_or_default();
        // The end of a file may show only when it is stopped.
        let mut to = if self.title.parts > 1 && is_last { self.ends() } else { last_play };
        if troubled || !overlaps.is_empty() {
            to = self.ends().max(to);
            to = overlaps.iter().map(|other| other.ends()).max().unwrap_or_default().max(to);
        }
        // What was seen before a player died in silence is known when it is gone on with.
        let before = self.visits.split_last().map_or(&[][..], |(_, before)| before);
        if before.iter().any(|visit| visit.sitting.end != End::Stopped) {
            to = to.max(self.ends());
        }
        // Nobody says when a player went on, but for what is begun on it next.
        let silent = self.visits.iter().filter(|visit| visit.sitting.end != End::Stopped);
        let rest = |visit: &Visit<'_>| runtime - visit.walk.end_position + visit.hidden_jumps();
        to += silent.map(rest).max().unwrap_or_default();
        if self.visits.iter().any(|visit| visit.sitting.end == End::Dies) {
            to += 6 * MINUTE;
        }
        let from = if self.title.parts == 1 {
            // Positions are told in steps: it may have stood there for a while a moment before.
            passed_at(seen_at - SECOND).unwrap_or(reached).min(reached)
        } else {
            passed_at(opens + share / 100 * 90).unwrap_or(reached).min(reached)
        };
        // A pause of which nobody heard makes the end seem earlier.
        let unheard = if troubled { 3 * MINUTE + self.pauses() } else { 0 };
        Some(claim(true, from.saturating_sub(slack + unheard), to + slack))
    }

    /// Whether what arrived shows that it was seen.
    fn shows(&self, part: u64, runtime: u64, seen_at: u64, all: &[Self]) -> bool {
        let is_file = self.title.parts > 1;
        let last = self.visits.last().expect("a viewing has a sitting");
        let ends_seen = last.walk.end_position >= runtime / 100 * 90;
        // Short of the end of its last episode a file is only seen where its server says so.
        let share = runtime / self.title.parts;
        let own_seen = last.walk.end_position >= part * share + share / 100 * 92;
        self.visits.iter().any(|visit| {
            let jumps = visit.walk.steps.iter().any(|step| match step.what {
                What::Seek { from } => {
                    from < runtime / 100 * 80 && step.position >= runtime / 100 * 79
                }
                What::Pause | What::Resume => false,
            });
            let seeks = visit.walk.steps.iter().any(|step| matches!(step.what, What::Seek { .. }));
            // Where only the server's guesses were heard, or a clip's stop is all there is, it may
            // have counted on by itself.
            let is_clip = runtime < 5 * MINUTE;
            let guessed = visit.arrivals.iter().any(|arrival| arrival.said.event.is_guess);
            if visit.source == Source::Jellyfin && visit.is_troubled && (guessed || is_clip) {
                return false;
            }
            let hidden_seeks = seeks && (visit.source == Source::Emby || visit.is_troubled);
            if is_file
                && (seeks || visit.is_troubled || visit.has_no_position || self.visits.len() > 1)
            {
                return false;
            }
            // A stop is all that came, and its player had stopped the same before: that may be told
            // again and again.
            if visit.has_only_stopped() && self.was_on_the_player_before(visit, all) {
                return false;
            }
            let evidence = visit.arrivals.iter().filter(|arrival| !arrival.arrives.is_empty());
            let shown = evidence.into_iter().any(|arrival| {
                let event = &arrival.said.event;
                let position = event.position_ms.unwrap_or_default();
                match event.action {
                    Action::Completed => true,
                    Action::Stop { completed } if position > 0 => {
                        let is_honest = position == visit.walk.end_position;
                        let is_past = position >= seen_at && (is_file || ends_seen);
                        let is_completed = completed && position >= runtime / 100 * 90;
                        let is_play = is_past || (is_completed && ends_seen);
                        is_honest && is_play && !jumps && !hidden_seeks
                    }
                    // The time decides, so nothing may lack of it.
                    Action::Stop { .. } => {
                        let from_the_front = !visit.has_no_position
                            || (visit.sitting.from == 0
                                && runtime > 15 * MINUTE
                                && self.visits.len() == 1
                                && !seeks
                                && !visit.is_paused_too_long());
                        ends_seen
                            && from_the_front
                            && !visit.is_troubled
                            && !hidden_seeks
                            && !visit.stands_too_long(runtime)
                    }
                    Action::Pause | Action::Progress { .. } => {
                        !event.is_guess
                            && position >= seen_at
                            && visit.last_reported() >= seen_at
                            && ends_seen
                            && own_seen
                            && !visit.is_troubled
                    }
                    Action::Start
                    | Action::Resume
                    | Action::Rate(_)
                    | Action::Mark { .. }
                    | Action::Unmark
                    | Action::Played { .. } => false,
                }
            });
            shown
                || (ends_seen
                    && own_seen
                    && visit.is_succeeded(runtime)
                    && !self.may_have_moved(all)
                    && !hidden_seeks
                    && !visit.has_no_position)
        })
    }

    /// Whether an earlier viewing of the same was on the player of this sitting.
    fn was_on_the_player_before(&self, visit: &Visit<'_>, all: &[Self]) -> bool {
        let others = all
            .iter()
            .filter(|other| other.viewing != self.viewing && other.title_index == self.title_index);
        let mut visits = others.flat_map(|other| &other.visits);
        visits.any(|other| {
            other.sitting.player == visit.sitting.player
                && other.sitting.begins < visit.sitting.begins
        })
    }

    /// Whether a start at the beginning arrived, after all that came before of the same.
    fn starts_afresh(&self, runtime: u64, all: &[Self]) -> bool {
        let visit = &self.visits[0];
        let start =
            visit.arrivals.iter().find(|arrival| arrival.said.event.action == Action::Start);
        let arrives = start.and_then(|start| Some((start, *start.arrives.first()?)));
        let Some((start, arrives)) = arrives else { return false };
        let at_the_front = start.said.event.position_ms.unwrap_or_default() <= runtime / 20;
        // Nothing else of it may come between, or end after this began.
        let apart = all.iter().all(|other| {
            other.viewing == self.viewing
                || other.account != self.account
                || other.title_index != self.title_index
                || other.begins() > self.ends()
                || other.visits.iter().all(|other| {
                    other.walk.ends <= self.begins()
                        && other.arrivals.iter().all(|a| a.arrives.iter().all(|at| *at < arrives))
                })
        });
        // Without a position it says no more than that the open session goes on.
        let stands_open = start.said.event.position_ms.is_none()
            && all.iter().flat_map(|other| &other.visits).any(|other| {
                other.sitting.title == visit.sitting.title
                    && other.sitting.player == visit.sitting.player
                    && other.sitting.begins < visit.sitting.begins
                    && other.seems_open()
            });
        at_the_front && apart && !stands_open && !start.is_troubled
    }
}

impl Visit<'_> {
    fn highest(&self) -> u64 {
        let stretches = self.walk.stretches.iter().map(super::truth::Stretch::end_position);
        let steps = self.walk.steps.iter().map(|step| step.position);
        stretches.chain(steps).max().unwrap_or(self.sitting.from)
    }

    /// Whether it may be taken for seen, in vain: it was left before, or goes on elsewhere.
    fn may_seem_seen(&self, runtime: u64, maybe_at: u64) -> bool {
        self.highest() < runtime / 100 * 90 && self.may_overrun(runtime, maybe_at)
    }

    /// How much of it was jumped over without a word.
    fn hidden_jumps(&self) -> u64 {
        let jumps = self.walk.steps.iter().map(|step| match step.what {
            What::Seek { from } => step.position.saturating_sub(from),
            What::Pause | What::Resume => 0,
        });
        if self.source == Source::Emby { jumps.sum() } else { 0 }
    }

    /// Whether it was set back to the very beginning, which Jellyfin gives as 0, and 0 is no
    /// position: it seems to play on.
    fn seems_to_play_on(&self) -> bool {
        let is_back = |step: &super::truth::Step| {
            matches!(step.what, What::Seek { .. }) && step.position == 0
        };
        self.source == Source::Jellyfin && self.walk.steps.iter().any(is_back)
    }

    /// Whether its start was lost, or came when other things had.
    fn starts_late(&self) -> bool {
        let start = self.arrivals.iter().find(|a| a.said.event.action == Action::Start);
        start.is_none_or(|start| start.is_troubled)
    }

    /// Whether something that came twice came after the stop.
    fn seems_to_go_on(&self, stop: &Arrival) -> bool {
        let stopped = stop.arrives.first().copied().unwrap_or_default();
        let mut others = self.arrivals.iter().filter(|other| other.said.event != stop.said.event);
        others.any(|other| other.arrives.iter().any(|at| *at > stopped))
    }

    /// Whether a pause was so long that the session was over, for what any rule knows.
    fn is_paused_too_long(&self) -> bool {
        let pauses = self.sitting.strokes.iter();
        pauses.into_iter().any(|stroke| matches!(stroke, Stroke::Pause(span) if *span > HOUR / 2))
    }

    /// Whether it is open for what arrived: without a stop, or with a start that came after it.
    fn seems_open(&self) -> bool {
        let stops = |a: &&&Arrival| matches!(a.said.event.action, Action::Stop { .. });
        let stop = self.arrivals.iter().find(stops).filter(|stop| !stop.arrives.is_empty());
        stop.is_none_or(|stop| self.seems_to_go_on(stop))
    }

    /// Whether its stop is all that arrived.
    fn has_only_stopped(&self) -> bool {
        let mut heard = self.arrivals.iter().filter(|arrival| !arrival.arrives.is_empty());
        heard.all(|arrival| matches!(arrival.said.event.action, Action::Stop { .. }))
    }

    /// Whether its stop arrived.
    fn has_stopped(&self) -> bool {
        self.arrivals.iter().any(|arrival| {
            matches!(arrival.said.event.action, Action::Stop { .. }) && !arrival.arrives.is_empty()
        })
    }

    /// Whether the rules may take it for seen though it was not: where the time decides and some
    /// of it is not known.
    fn may_overrun(&self, runtime: u64, maybe_at: u64) -> bool {
        let stop =
            self.arrivals.iter().find(|a| matches!(a.said.event.action, Action::Stop { .. }));
        let stopped = stop.filter(|stop| !stop.is_troubled && !self.seems_to_go_on(stop));
        let is_blind = self.has_no_position || self.carries_the_end_over;
        let carries = self.carries_the_end_over && self.walk.ends - self.sitting.begins < MINUTE;
        if (is_blind && self.is_troubled && self.starts_late()) || (carries && self.follows_trouble)
        {
            return true;
        }
        if self.has_no_position {
            let stop = stop.map_or(0, |stop| stop.said.at);
            let end = self.next.unwrap_or_default().max(self.walk.ends).max(stop);
            let went =
                if stopped.is_some() && !self.is_troubled { self.walk.ends.max(stop) } else { end };
            let span = went - self.sitting.begins;
            return span * 100 >= (runtime - self.sitting.from) * 35
                || self.sitting.from + span >= maybe_at;
        }
        let span = self.walk.ends - self.sitting.begins;
        if self.seems_to_play_on() && self.highest() + span >= maybe_at {
            return true;
        }
        if stopped.is_some() && !self.is_troubled {
            return false;
        }
        let Some(until) = self.next.or(stopped.map(|_| self.walk.ends)) else { return false };
        self.highest() + until.saturating_sub(self.sitting.begins) >= maybe_at
    }

    /// Whether the player went on to something else without a word, when it was at the end.
    fn is_succeeded(&self, runtime: u64) -> bool {
        let Some(at) = self.handed_over else { return false };
        self.sitting.end != End::Stopped
            // Where its server gave up on it before, that tells no more than its last word.
            && !self.has_stopped()
            && !self.is_troubled
            && self.walk.end_position >= runtime / 100 * 92
            && at.saturating_sub(self.last_known()) <= runtime + runtime / 4
            // Later it is over before.
            && at.saturating_sub(self.walk.ends) < 25 * MINUTE
    }

    /// Whether more than one and a half runtimes may have gone by since anything was known.
    fn stands_too_long(&self, runtime: u64) -> bool {
        self.walk.ends.saturating_sub(self.last_known()) > runtime + runtime / 4
    }

    /// The last position that arrived.
    fn last_reported(&self) -> u64 {
        let arrived = self.arrivals.iter().filter(|arrival| !arrival.arrives.is_empty());
        let reported = arrived.filter(|arrival| !arrival.said.event.is_guess);
        let mut positions = reported.filter_map(|arrival| arrival.said.event.position_ms);
        positions.next_back().unwrap_or_default()
    }

    fn last_known(&self) -> u64 {
        let known =
            self.arrivals.iter().filter(|a| !matches!(a.said.event.action, Action::Stop { .. }));
        known.flat_map(|arrival| &arrival.arrives).copied().max().unwrap_or(self.sitting.begins)
    }
}

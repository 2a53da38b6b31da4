//! Is a thing at Trakt what a media server means?
//!
//! Pure. An id alone proves nothing: TMDB gives neighbours one number (trakt/trakt-api#423), some
//! senders put a show's ids into its episodes, where they are those of quite another episode, and
//! one of several ids may be nonsense. So all that is known of both is weighed: a weight for what
//! speaks for it, one for what speaks against it. A title in another language says little, an id, a
//! title or a day that agree say much, and no single fact decides.

use super::thing::Thing;
use crate::event::title::{same, says_nothing, title_and_year};
use crate::event::{Episode, Ids, Item, Kind, Show, Time};
use crate::tracker::Type;

/// What speaks for a thing at Trakt, and against it. More is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    score: i32,
    /// Whether anything at all speaks against it.
    doubted: bool,
}

impl Fit {
    /// How well `thing` fits `item`: itself, for a season its show.
    pub(super) fn of(item: &Item, thing: &Thing) -> Self {
        match &item.kind {
            Kind::Episode(_) if thing.kind == Type::Movie => {
                Self::default().ids(&item.ids, &thing.ids, 3, (0, 0)).title(&item.title, thing, 3)
            }
            Kind::Episode(episode) => Self::of_episode(item, episode, thing),
            Kind::Season { show, .. } => Self::of_titled(&as_item(show), thing),
            Kind::Movie | Kind::Show => Self::of_titled(item, thing),
        }
    }

    /// Beyond doubt: what is learned of it holds for good.
    pub(super) fn is_sure(self) -> bool {
        self.score >= 4 || (self.score >= 3 && !self.doubted)
    }

    /// Good enough where nothing fits better: a library in another language and order has little
    /// but its ids.
    pub(super) fn is_possible(self) -> bool {
        self.score >= 1
    }

    /// Whether the thing itself says so, by its title or its day, and not its place alone.
    pub(super) fn is_told_by_more_than_its_place(self) -> bool {
        self.score >= 5
    }

    /// The sum of what speaks for it and against it.
    pub(super) fn score(self) -> i32 {
        self.score
    }

    /// Whether more speaks for this than for `other`.
    pub(super) fn is_above(self, other: Self) -> bool {
        self.score > other.score
    }

    /// Whether this is so much better than `other` that it is no guess to choose it.
    pub(super) fn is_far_above(self, other: Self) -> bool {
        self.score >= other.score + 4
    }

    /// A film or a show: its ids, its title and its year.
    fn of_titled(item: &Item, thing: &Thing) -> Self {
        let (title, year) = title_and_year(&item.title, item.year);
        let years = year.zip(thing.year).map(|(ours, theirs)| ours.abs_diff(theirs));
        // A year may be that of a festival.
        let year = match years {
            Some(0) => 2,
            None | Some(1) => 0,
            Some(_) => -2,
        };
        // Two films of one title and year: none of them is the one whose ids are others.
        Self::default().ids(&item.ids, &thing.ids, 5, (-6, -3)).title(title, thing, 3).and(year)
    }

    fn of_episode(item: &Item, episode: &Episode, thing: &Thing) -> Self {
        let place = [(episode.season, thing.season), (episode.number, thing.number)];
        let place = if place.iter().any(|(ours, theirs)| differ(*ours, *theirs)) {
            -3
        } else if place.iter().all(|(ours, theirs)| ours.is_some() && theirs.is_some()) {
            2
        } else {
            0
        };
        let day = item.aired.as_deref().zip(thing.aired).and_then(|(day, at)| days_apart(day, at));
        let day = match day {
            Some(0) => 4,
            Some(1) => 2, // the same evening in UTC, or the next episode of a daily show
            Some(2..=30) => -1,
            Some(_) => -3,
            None => 0,
        };
        let show = thing.show.as_ref().map_or(0, |show| of_show(&episode.show, show));
        let fit = Self::default().ids(&item.ids, &thing.ids, 3, (-2, -3));
        fit.title(&item.title, thing, 5).and(place).and(day).and(show)
    }

    /// Each id that agrees weighs `agrees`; that some don't weighs once, more or less where others
    /// agree: databases differ about some, and a wrong one leads to what has others.
    fn ids(self, ours: &Ids, theirs: &Ids, agrees: i32, differs: (i32, i32)) -> Self {
        let agreeing = ours.each().filter(|id| theirs.each().any(|its| its == *id)).count();
        let other = match (ours.contradict(theirs), agreeing) {
            (false, _) => 0,
            (true, 0) => differs.0,
            (true, 1) => differs.1,
            (true, _) => -1,
        };
        (0..agreeing).fold(self, |fit, _| fit.and(agrees)).and(other)
    }

    fn title(self, ours: &str, thing: &Thing, agrees: i32) -> Self {
        if says_nothing(ours) || says_nothing(&thing.title) {
            return self;
        }
        self.and(if same(ours, &thing.title) { agrees } else { -1 })
    }

    fn and(self, weight: i32) -> Self {
        Self { score: self.score + weight, doubted: self.doubted || weight < 0 }
    }
}

/// A show as an item of its own.
pub(super) fn as_item(show: &Show) -> Item {
    Item {
        kind: Kind::Show,
        ids: show.ids.clone(),
        title: show.title.clone(),
        year: show.year,
        aired: show.aired.clone(),
        ..Item::default()
    }
}

/// How much the show in which a thing stands speaks for the show that is meant.
fn of_show(ours: &Show, theirs: &Thing) -> i32 {
    if ours.ids.each().any(|id| theirs.ids.each().any(|its| its == id)) {
        return 3;
    }
    if ours.ids.contradict(&theirs.ids) {
        return -3;
    }
    let (title, year) = title_and_year(&ours.title, ours.year);
    if title.is_empty() || theirs.title.is_empty() {
        return 0;
    }
    match year.zip(theirs.year).map_or(0, |(ours, theirs)| ours.abs_diff(theirs)) {
        _ if !same(title, &theirs.title) => -1,
        0 | 1 => 2,
        _ => -2,
    }
}

/// How many days lie between a day and that of a moment, in UTC.
pub(super) fn days_apart(day: &str, at: Time) -> Option<u64> {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    let day = Time::from_rfc3339(&format!("{day}T00:00:00Z"))?;
    Some((day.0 / DAY).abs_diff(at.0 / DAY))
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// Whether it was first aired on `day`, as far as that can be told without its show's home.
pub(super) fn is_about(thing: &Thing, day: &str) -> bool {
    thing.aired.and_then(|at| days_apart(day, at)).is_some_and(|days| days < 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(imdb: u64, tmdb: u64, tvdb: u64) -> Ids {
        let some = |id: u64| (id > 0).then_some(id);
        Ids {
            trakt: None,
            imdb: some(imdb).map(|id| format!("tt{id:07}")),
            tmdb: some(tmdb),
            tvdb: some(tvdb),
        }
    }

    fn thing(kind: Type, title: &str, year: Option<u16>, ids: Ids) -> Thing {
        let title = title.to_owned();
        let (season, number, aired, show) = (None, None, None, None);
        Thing { kind, trakt: 1, ids, title, year, season, number, aired, show }
    }

    /// What was decided: beyond doubt, good enough, or another thing.
    fn word(fit: Fit) -> &'static str {
        match (fit.is_sure(), fit.is_possible()) {
            (true, _) => "sure",
            (false, true) => "possible",
            (false, false) => "other",
        }
    }

    #[test]
    fn a_film_is_weighed_by_ids_title_and_year() {
        let salt = |title: &str, year: u16, ids| Item {
            title: title.into(),
            year: (year > 0).then_some(year),
            ids,
            ..Item::default()
        };
        let cases = [
            ("all agrees", salt("Salt and Iron", 2017, ids(310, 310, 0)), "sure"),
            ("an id alone", salt("", 0, ids(0, 310, 0)), "sure"),
            ("another language", salt("Salz", 2017, ids(0, 310, 0)), "sure"),
            ("and the year of a festival", salt("Salz", 2016, ids(0, 310, 0)), "sure"),
            ("and quite another year", salt("Salz", 2014, ids(0, 310, 0)), "possible"),
            ("the same with both ids", salt("Salz", 2014, ids(310, 310, 0)), "sure"),
            ("one id of another film", salt("The Orchard Wall", 2020, ids(310, 311, 0)), "other"),
            ("and of its year", salt("The Orchard Wall", 2017, ids(310, 311, 0)), "possible"),
            ("one wrong id", salt("Salt and Iron", 2017, ids(310, 311, 0)), "sure"),
            ("title and year", salt("Salt and Iron", 2017, ids(0, 0, 0)), "sure"),
            ("a year in brackets", salt("SALT AND IRON (2017)", 0, ids(0, 0, 0)), "sure"),
            ("title and year, another id", salt("Salt and Iron", 2017, ids(0, 9, 0)), "other"),
        ];
        let theirs = thing(Type::Movie, "Salt and Iron", Some(2017), ids(310, 310, 0));
        for (name, item, expected) in cases {
            assert_eq!(word(Fit::of(&item, &theirs)), expected, "{name}");
        }
    }

    /// An episode of the media server's, beside The Gate, Rowan Street 5x02 of 2017-01-16.
    fn gate(title: &str, show: &str, place: Option<(u32, u32)>, day: &str, ids: Ids) -> Fit {
        let show = Show { title: show.into(), ..Show::default() };
        let (season, number) = place.unzip();
        let item = Item {
            kind: Kind::Episode(Episode { show, season, number, last: None }),
            title: title.into(),
            aired: (!day.is_empty()).then(|| day.to_owned()),
            ids,
            ..Item::default()
        };
        let theirs = Thing {
            season: Some(5),
            number: Some(2),
            aired: Time::from_rfc3339("2017-01-17T01:00:00Z"),
            ..thing(Type::Episode, "The Gate", None, self::ids(0, 501, 502))
        };
        Fit::of(&item, &theirs.of(&thing(Type::Show, "Rowan Street", Some(2013), Ids::default())))
    }

    #[test]
    fn an_episode_is_weighed_by_ids_show_place_title_and_day() {
        const HERE: Option<(u32, u32)> = Some((5, 2));
        const ELSEWHERE: Option<(u32, u32)> = Some((1, 42));
        let (none, tmdb, both) = (ids(0, 0, 0), ids(0, 501, 0), ids(0, 501, 502));
        let street = "Rowan Street";
        let cases = [
            ("all agrees", gate("The Gate", street, HERE, "2017-01-16", tmdb.clone()), "sure"),
            ("an id alone", gate("", "", None, "", tmdb.clone()), "sure"),
            ("its title in German", gate("Das Tor", street, HERE, "", tmdb.clone()), "sure"),
            ("all in German", gate("Das Tor", "Straße", HERE, "", tmdb.clone()), "possible"),
            ("and the day", gate("Das Tor", "Straße", HERE, "2017-01-16", tmdb.clone()), "sure"),
            ("another order", gate("The Gate", street, ELSEWHERE, "", tmdb.clone()), "sure"),
            ("and in German", gate("Das Tor", street, ELSEWHERE, "", tmdb.clone()), "possible"),
            ("with both ids", gate("Das Tor", "Straße", ELSEWHERE, "", both.clone()), "possible"),
            (
                "with its day",
                gate("Das Tor", "Straße", ELSEWHERE, "2017-01-17", tmdb.clone()),
                "possible",
            ),
            (
                "its neighbour has the same number",
                gate("The Fence", street, Some((5, 1)), "2017-01-09", tmdb.clone()),
                "other",
            ),
            (
                "and another number",
                gate("The Fence", street, Some((5, 1)), "", ids(0, 501, 503)),
                "other",
            ),
            ("quite another show's", gate("Tar", "Quayside", Some((4, 1)), "", tmdb), "other"),
            (
                "the same place there, years before",
                gate("Tar", "Quayside", HERE, "2010-03-01", ids(0, 501, 0)),
                "other",
            ),
            ("place and title", gate("The Gate", street, HERE, "", none.clone()), "sure"),
            ("the place alone", gate("Episode 2", street, HERE, "", none.clone()), "sure"),
            ("a wrong day", gate("The Gate", street, HERE, "2012-01-16", none.clone()), "sure"),
            ("a title in German", gate("Das Tor", street, HERE, "", none.clone()), "possible"),
            (
                "another title of another year",
                gate("Das Tor", street, HERE, "2012-01-16", none.clone()),
                "other",
            ),
            ("a show's ids in it", gate("The Gate", street, HERE, "", ids(7, 8, 9)), "sure"),
            ("a day of it", gate("", street, None, "2017-01-16", none), "sure"),
        ];
        for (name, fit, expected) in cases {
            assert_eq!(word(fit), expected, "{name}: {fit:?}");
        }
    }

    #[test]
    fn a_special_may_be_a_film() {
        let item = |title: &str| Item {
            kind: Kind::Episode(Episode { season: Some(0), ..Episode::default() }),
            title: title.into(),
            ids: ids(7, 9, 0),
            ..Item::default()
        };
        let film = thing(Type::Movie, "Twins: The Film", Some(2016), ids(7, 5, 0));
        assert_eq!(word(Fit::of(&item("Twins - The Film"), &film)), "sure");
        assert_eq!(word(Fit::of(&item("Der Film"), &film)), "possible");
    }

    #[test]
    fn a_show_of_another_year_is_another_show() {
        let of = |show: Show, year| {
            let theirs = thing(Type::Show, "The Foxes", Some(year), ids(0, 900, 0));
            of_show(&show, &theirs)
        };
        let foxes = |year| Show { title: "The Foxes".into(), year, ..Show::default() };
        let numbered = |tmdb| Show { ids: ids(0, tmdb, 0), ..foxes(None) };
        assert_eq!((of(foxes(None), 1979), of(foxes(Some(2019)), 2020)), (2, 2));
        assert_eq!((of(foxes(Some(2019)), 1979), of(Show::default(), 1979)), (-2, 0));
        assert_eq!((of(numbered(900), 1979), of(numbered(901), 1979)), (3, -3));
    }
}

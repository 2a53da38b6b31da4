//! Where does Trakt answer what a thing is?

use crate::event::Ids;
use crate::event::title::composed;
use crate::http::encoded;
use crate::tracker::Type;
use std::fmt::Display;

/// What has an id, for each of `ids`, with that id alone. IMDb's comes last: by that Trakt also
/// knows things of other types.
pub(super) fn by_ids(kind: Type, ids: &Ids) -> impl Iterator<Item = (Ids, String)> {
    let more = if kind == Type::Episode { "&extended=full" } else { "" }; // with its day
    let alone =
        |key: &str, id: &str, ids| (ids, format!("/search/{key}/{id}?type={}{more}", kind.word()));
    let none = Ids::default;
    let trakt = ids.trakt.map(|id| alone("trakt", &id.to_string(), none()));
    let tvdb = |id: u64| alone("tvdb", &id.to_string(), Ids { tvdb: Some(id), ..none() });
    let tmdb = |id: u64| alone("tmdb", &id.to_string(), Ids { tmdb: Some(id), ..none() });
    let imdb = |id: &String| alone("imdb", &encoded(id), Ids { imdb: Some(id.clone()), ..none() });
    [trakt, ids.tvdb.map(tvdb), ids.tmdb.map(tmdb), ids.imdb.as_ref().map(imdb)]
        .into_iter()
        .flatten()
}

/// What bears this title, and is of this year where it is given.
pub(super) fn by_title(kind: Type, title: &str, year: Option<u16>) -> String {
    let years = year.map(|year| format!("&years={year}")).unwrap_or_default();
    // The day on which a show began may tell two of one title apart.
    let more = if kind == Type::Show { "&extended=full" } else { "" };
    let query = query(title);
    format!("/search/{}?query={query}&fields=title{years}&limit=100{more}", kind.word())
}

/// Which episode stands at this place.
pub(super) fn by_place(show: impl Display, (season, number): (u32, u32)) -> String {
    format!("/shows/{show}/seasons/{season}/episodes/{number}?extended=full")
}

/// All episodes of a season.
pub(super) fn of_season(show: impl Display, season: u32) -> String {
    format!("/shows/{show}/seasons/{season}?extended=full")
}

/// All episodes of a show.
pub(super) fn of_show(show: impl Display) -> String {
    format!("/shows/{show}/seasons?extended=episodes,full")
}

/// The seasons of a show, with their own ids.
pub(super) fn seasons(show: impl Display) -> String {
    format!("/shows/{show}/seasons")
}

/// A title as a query: the characters that mean something there are escaped.
fn query(title: &str) -> String {
    let title = composed(title);
    let mut escaped = String::with_capacity(title.len());
    for c in title.chars() {
        if "+-&|!(){}[]^\"~*?:/\\".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    encoded(&escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_escape_what_means_something_in_them() {
        assert_eq!(query("M*A*S*H: A\u{308}"), "M%5C%2AA%5C%2AS%5C%2AH%5C%3A%20%C3%84");
    }
}

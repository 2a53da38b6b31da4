use super::*;
use crate::clock::HandClock;
use crate::event::Time;
use std::thread;

fn by_hand(yes: bool) -> (Arc<HandClock>, Talk, Listener) {
    let hand = HandClock::at(Time(1_000_000));
    let (talk, listener) = begin(&Clock::ByHand(hand.clone()), yes);
    (hand, talk, listener)
}

fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}

/// Polls until a question waits.
fn question(listener: &Listener) -> Question {
    loop {
        if let Some(question) = listener.poll(0).question {
            return question;
        }
        thread::yield_now();
    }
}

#[test]
fn who_polls_sees_what_was_said_since() {
    let (_hand, talk, listener) = by_hand(false);
    talk.say("one").expect("heard");
    talk.say("two").expect("heard");
    let first = listener.poll(0);
    assert_eq!((first.lines, first.seen), (texts(&["one", "two"]), 2));
    talk.say("three").expect("heard");
    assert_eq!(listener.poll(2).lines, texts(&["three"]));
    assert_eq!(listener.poll(17).lines, texts(&[])); // of a conversation before this one
    let code = Code { user_code: "Q7P2".into(), ..Code::default() };
    talk.show(Some(code.clone())).expect("heard");
    assert_eq!(listener.poll(3).code, Some(code));
    talk.show(None).expect("heard");
    assert_eq!(listener.poll(3), View { seen: 3, ..View::default() });
}

#[test]
fn a_question_waits_for_its_answer() {
    let (_hand, talk, listener) = by_hand(false);
    let asking = thread::spawn(move || talk.choose("Which?", &texts(&["attic", "home"])));
    let asked = question(&listener);
    assert_eq!((asked.number, asked.choices), (1, texts(&["attic", "home"])));
    assert_eq!(listener.answer(1, 2), Err("choose a number from 1 to 2".to_owned()));
    assert!(listener.answer(2, 0).is_err());
    assert_eq!(listener.answer(1, 1), Ok(()));
    assert!(listener.answer(1, 0).is_err(), "it is answered");
    assert_eq!(asking.join().expect("no panic"), Ok(1));
    assert_eq!(listener.poll(0).question, None);
}

#[test]
fn with_yes_nothing_is_asked() {
    let (_hand, talk, listener) = by_hand(true);
    assert_eq!(talk.choose("Which?", &texts(&["attic", "home"])), Ok(0));
    assert_eq!(talk.confirm("Sure?"), Ok(true));
    assert_eq!(listener.poll(0).lines, texts(&["Which?", "  → attic", "Sure?", "  → yes"]));
}

#[test]
fn nothing_to_choose_from_is_no_question() {
    let (_hand, talk, _listener) = by_hand(false);
    assert!(matches!(talk.choose("Which?", &[]), Err(Ended::Failed(_))));
}

#[test]
fn who_leaves_ends_whatever_waits() {
    for waits_for_an_answer in [true, false] {
        let (_hand, talk, listener) = by_hand(false);
        let waiting = thread::spawn(move || {
            let ended = if waits_for_an_answer {
                talk.confirm("Sure?").map(drop)
            } else {
                talk.wait(Duration::from_secs(3600))
            };
            (ended, talk.say("nobody hears this"))
        });
        if waits_for_an_answer {
            question(&listener);
        }
        listener.leave();
        let (ended, said) = waiting.join().expect("no panic");
        assert_eq!((ended, said), (Err(Ended::Left), Err(Ended::Left)));
        let seen = listener.poll(0);
        assert_eq!((seen.question, seen.lines), (None, texts(&[])));
    }
}

#[test]
fn who_has_not_polled_for_long_has_left() {
    let (hand, talk, listener) = by_hand(false);
    hand.advance(Duration::from_secs(29));
    assert_eq!(talk.check(), Ok(()));
    let _ = listener.poll(0);
    hand.advance(Duration::from_secs(29));
    assert_eq!(talk.check(), Ok(()));
    hand.advance(Duration::from_secs(1));
    assert_eq!((talk.check(), listener.silent()), (Err(Ended::Left), GONE_AFTER));
}

#[test]
fn who_types_a_code_elsewhere_has_not_left() {
    let (hand, talk, listener) = by_hand(false);
    let code = Code { user_code: "8F2K".into(), ..Code::default() };
    talk.show(Some(code)).expect("shown");
    hand.advance(ANSWER_WITHIN.saturating_sub(Duration::from_secs(1)));
    assert_eq!(talk.check(), Ok(()));
    // Typed; the window in which we are is still to be woken.
    talk.show(None).expect("it counts");
    hand.advance(GONE_AFTER.saturating_sub(Duration::from_secs(1)));
    assert_eq!((talk.check(), listener.poll(0).code), (Ok(()), None));
    hand.advance(GONE_AFTER);
    assert_eq!(talk.check(), Err(Ended::Left));
    let (hand, talk, _listener) = by_hand(false);
    talk.show(Some(Code::default())).expect("shown");
    hand.advance(ANSWER_WITHIN);
    assert_eq!(talk.check(), Err(Ended::Left), "no code is good for so long");
}

#[test]
fn a_question_has_a_limit() {
    let (hand, talk, listener) = by_hand(false);
    let asking = thread::spawn(move || talk.confirm("Sure?"));
    question(&listener);
    for _ in 0..15 * 60 / 20 {
        hand.advance(Duration::from_secs(20));
        let _ = listener.poll(0);
    }
    assert_eq!(asking.join().expect("no panic"), Err(Ended::Unanswered("Sure?".into())));
}

#[test]
fn a_wait_lasts_as_long_as_it_should() {
    let (hand, talk, listener) = by_hand(false);
    let waiting = thread::spawn(move || talk.wait(Duration::from_secs(25)));
    while !waiting.is_finished() {
        hand.advance(Duration::from_secs(1));
        let _ = listener.poll(0);
        thread::yield_now();
    }
    assert_eq!(waiting.join().expect("no panic"), Ok(()));
    assert!(Clock::ByHand(hand).steady() >= Duration::from_secs(25));
}

#[test]
fn the_end_is_told() {
    let ends = [
        (Ok(("plex".to_owned(), "done".to_owned())), Some("plex"), "done", false),
        (Err(Ended::from("no")), None, "no", false),
        (Err(Ended::Left), None, "left before the end; connect again to go on", true),
    ];
    for (result, name, sentence, left) in ends {
        let (_hand, talk, listener) = by_hand(false);
        assert!(!listener.is_over());
        talk.end(result);
        let end = End { name: name.map(str::to_owned), sentence: sentence.to_owned(), left };
        assert_eq!((listener.poll(0).end, listener.is_over()), (Some(end), true));
    }
}

#[test]
fn who_breaks_off_is_over_too() {
    let (_hand, talk, listener) = by_hand(false);
    talk.show(Some(Code::default())).expect("heard");
    drop(talk);
    let seen = listener.poll(0);
    assert!(seen.end.is_some_and(|end| end.sentence.starts_with("it broke off")));
    assert_eq!(seen.code, None);
}

#[test]
fn what_is_said_without_end_is_cut() {
    let (_hand, talk, listener) = by_hand(false);
    for _ in 0..LINES_MOST + 5 {
        talk.say("again").expect("heard");
    }
    assert_eq!(listener.poll(0).seen, LINES_MOST);
}

/// What every webhook that was understood must be, whatever the sender wrote.
fn check(source: scrobbled::event::Source, json: &[u8]) {
    use scrobbled::webhook::{Said, parse};
    /// No text of an event is longer (`webhook/scalar.rs`).
    const LONGEST_TEXT: usize = 1_000;
    const TWO_DAYS_MS: u64 = 48 * 3_600_000;
    let said = parse(source, json);
    assert_eq!(said, parse(source, json), "the same bytes give the same answer");
    match said {
        Ok(Said::Event(event)) => {
            assert_eq!(event.source, source);
            assert!(event.position_ms.is_none_or(|ms| ms <= TWO_DAYS_MS));
            assert!(event.item.runtime_ms.is_none_or(|ms| ms <= TWO_DAYS_MS));
            let texts = [&event.item.title, &event.user.name, &event.user.id, &event.player.name];
            assert!(texts.iter().all(|text| text.len() <= LONGEST_TEXT));
            let _ = event.item.names();
            let _ = event.item.label();
        }
        Ok(Said::Nothing { title, reason, server: _ }) => {
            assert!(title.len() <= LONGEST_TEXT);
            let _ = reason.to_string();
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
}

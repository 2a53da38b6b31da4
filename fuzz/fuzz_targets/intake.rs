//! Requests are the same in whatever pieces they come, and no byte of one is read as another's.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scrobbled::front::head;
use scrobbled::front::intake::{BODY_MOST, Intake, Step};

/// What the requests in these pieces are, up to the first refusal.
fn requests<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let (mut intake, mut told) = (Intake::default(), Vec::new());
    for piece in pieces {
        intake.push(piece);
        loop {
            let mut room = head::room();
            let admitted = match intake.look(&mut room) {
                Ok(Step::More) => break,
                Ok(Step::Head(head, length)) => {
                    told.push(format!("{} {} {:?}", head.method, head.target, head.framing));
                    head.framing.map(|framing| (length, framing))
                }
                Ok(Step::Whole) => {
                    assert!(intake.body().len() <= BODY_MOST);
                    told.push(format!("{:?}", intake.body()));
                    intake.finish();
                    continue;
                }
                Err(refusal) => Err(refusal),
            };
            let admitted = admitted.and_then(|(length, framing)| intake.admit(length, framing));
            if let Err(refusal) = admitted {
                told.push(format!("{refusal:?}"));
                return told;
            }
        }
    }
    told
}

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(requests(bytes.chunks(1)), requests(std::iter::once(bytes)));
});

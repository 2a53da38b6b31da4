//! What stood in a text before a template engine escaped it?
//!
//! Jellyfin's Handlebars templates write `&amp;` for `&` and every UTF-16 unit above 159 as
//! `&#NNN;`, an emoji therefore as two; the webhook plugin writes `\"` for `"` before that
//! (jellyfin/jellyfin-plugin-webhook, `Helpers/DataObjectHelpers.cs`).

/// The text without the escapes of the webhook plugin and of its templates.
pub(super) fn unescaped(text: &str) -> String {
    let text = if text.contains('&') { entities(text) } else { text.to_owned() };
    if text.contains("\\\"") { text.replace("\\\"", "\"") } else { text }
}

/// Longer than the longest entity, `&#x10FFFF;`.
const LONGEST_ENTITY: usize = 12;

fn entities(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        units.extend(before.encode_utf16());
        let (code, behind) = entity(after).unwrap_or((vec![u16::from(b'&')], after));
        units.extend(code);
        rest = behind;
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// The UTF-16 units of the entity that `text` begins with (its `&` is gone), and what follows it.
fn entity(text: &str) -> Option<(Vec<u16>, &str)> {
    let end = text.bytes().take(LONGEST_ENTITY).position(|b| b == b';')?;
    let (name, behind) = (text.get(..end)?, text.get(end + 1..)?);
    let code = match name {
        "amp" => u32::from('&'),
        "lt" => u32::from('<'),
        "gt" => u32::from('>'),
        "quot" => u32::from('"'),
        "apos" => u32::from('\''),
        "nbsp" => 0xA0,
        _ => match name.strip_prefix('#')? {
            number if number.starts_with(['x', 'X']) => {
                u32::from_str_radix(number.get(1..)?, 16).ok()?
            }
            number => number.parse().ok()?,
        },
    };
    let units = match (u16::try_from(code), char::from_u32(code)) {
        (Ok(unit), _) => vec![unit], // may be one half of a pair; the halves meet in the result
        (Err(_), Some(letter)) => letter.encode_utf16(&mut [0; 2]).to_vec(),
        (Err(_), None) => return None,
    };
    Some((units, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_other_text_stays() {
        let cases = [
            ("plain", "plain"),
            ("E &amp; E", "E & E"),
            ("Caf&#233; &#55356;&#57098;", "Café 🌊"),
            ("&#x1F30A;&#X41;", "🌊A"),
            (r#"E: \"The Café\""#, r#"E: "The Café""#),
            (r"E: \&quot;x\&quot;", r#"E: "x""#),
            ("&#39;&apos;&lt;&gt;&nbsp;", "''<>\u{a0}"),
            ("&#55356;", "\u{fffd}"),
            (
                "Tom & Jerry; &; &#; &#x; &bogus; &#99999999999;",
                "Tom & Jerry; &; &#; &#x; &bogus; &#99999999999;",
            ),
            ("&amp;amp;", "&amp;"),
            ("é&", "é&"),
            ("&é;&ééééééé;", "&é;&ééééééé;"),
            (r"C:\media", r"C:\media"),
        ];
        for (text, expected) in cases {
            assert_eq!(unescaped(text), expected, "{text}");
        }
    }
}

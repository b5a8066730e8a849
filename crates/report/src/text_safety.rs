//! Characters from outside that change how text is shown rather than what it says.

use std::borrow::Cow;

/// Replaces control characters (but line breaks and tabs) and those that reorder text.
pub(crate) fn without_controls(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unwanted) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(is_unwanted, "\u{FFFD}"))
}

/// The same on one line.
pub(crate) fn on_one_line(text: &str) -> String {
    without_controls(text).replace(['\n', '\r', '\t'], " ")
}

fn is_unwanted(letter: char) -> bool {
    match letter {
        '\n' | '\r' | '\t' => false,
        // Embeddings, overrides and isolates of direction and their marks; and what XML does not allow.
        '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{FFFE}'
        | '\u{FFFF}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_overrides_are_replaced() {
        assert_eq!(
            without_controls("a\u{202e}b\u{0}c\n\u{1b}[1m"),
            "a\u{fffd}b\u{fffd}c\n\u{fffd}[1m"
        );
        assert_eq!(on_one_line("a\r\nb"), "a  b");
        assert!(matches!(without_controls("plain"), Cow::Borrowed(_)));
    }
}

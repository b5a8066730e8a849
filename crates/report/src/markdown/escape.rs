//! Text from outside, so that it says what it says and does nothing else.

use crate::text_safety::on_one_line;

/// Escapes text for a paragraph or a cell of a table.
pub(crate) fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    for letter in on_one_line(raw).chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // GitHub makes mentions and references of these, escaped by a backslash or not.
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '|' => escaped.push_str("&#124;"),
            '`' => escaped.push_str("&#96;"),
            '\\' | '*' | '_' | '~' | '[' | ']' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            other => escaped.push(other),
        }
    }
    // A bare address would become a link.
    escaped.replace("://", ":&#47;&#47;")
}

/// A block of code that its content cannot end.
pub(crate) fn code_block(raw: &str) -> String {
    let fence = "`".repeat(longest_run(raw).max(2) + 1);
    format!("{fence}sh\n{}\n{fence}", on_one_line(raw))
}

fn longest_run(raw: &str) -> usize {
    raw.split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(
            text("<b>|`x` [a](b) @me #1"),
            "&lt;b&gt;&#124;&#96;x&#96; \\[a\\](b) &#64;me &#35;1"
        );
        assert_eq!(text("a\nb"), "a b");
    }

    #[test]
    fn a_fence_is_longer_than_what_is_inside() {
        assert_eq!(code_block("a ``` b"), "````sh\na ``` b\n````");
    }
}

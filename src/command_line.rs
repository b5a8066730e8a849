//! The command line as it was typed, for outputs that say how they were made.

use std::borrow::Cow;

/// Returns it as a shell reads it, the program by its name.
pub(crate) fn as_typed() -> String {
    quoted(std::env::args_os().map(|word| word.to_string_lossy().into_owned()))
}

fn quoted(mut words: impl Iterator<Item = String>) -> String {
    words.next();
    let quote = |word: &String| {
        // Only a NUL cannot be quoted, and no argument has one.
        shlex::try_quote(word).map_or_else(|_| word.clone(), Cow::into_owned)
    };
    let words: Vec<String> = words.map(|word| quote(&word)).collect();
    format!("meshdelta {}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_a_shell_needs_it() {
        let words = [
            "./target/debug/meshdelta",
            "compare",
            "old runs/a",
            "--",
            "b",
            "--threshold=p99=5%",
        ];
        assert_eq!(
            quoted(words.into_iter().map(str::to_owned)),
            "meshdelta compare 'old runs/a' -- b '--threshold=p99=5%'"
        );
    }
}

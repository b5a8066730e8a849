//! Amounts of CPU and memory, which the API server may write in another way than they came: `1000m` as `1`, `1024Mi` as `1Gi`.

/// What a plain number is in billionths, the smallest amount that there is.
const ONE: u128 = 1_000_000_000;

/// Tells whether two amounts are the same, however they are written.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one == other || billionths(one).is_some_and(|amount| billionths(other) == Some(amount))
}

/// Returns an amount in billionths; nothing for what is no amount (Kubernetes, `apimachinery/pkg/api/resource/quantity.go`).
fn billionths(text: &str) -> Option<u128> {
    let is_of_number = |letter: char| letter.is_ascii_digit() || letter == '.';
    let end = text.find(|letter| !is_of_number(letter));
    let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let divisor = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some(digits.checked_mul(unit(suffix)?)? / divisor)
}

/// Returns what a suffix stands for, in billionths.
fn unit(suffix: &str) -> Option<u128> {
    let decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    let binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let place = |suffixes: &[&str]| {
        let place = suffixes.iter().position(|one| *one == suffix)?;
        u32::try_from(place).ok()
    };
    if let Some(place) = place(&decimal) {
        return 1000_u128.checked_pow(place);
    }
    if let Some(place) = place(&binary) {
        return ONE.checked_mul(1024_u128.checked_pow(place)?);
    }
    let exponent: u32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    ONE.checked_mul(10_u128.checked_pow(exponent)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_compared_and_not_their_texts() {
        for (one, other) in [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1.5", "1500m"),
            ("1024Mi", "1Gi"),
            ("0.5Gi", "512Mi"),
            ("1e3", "1k"),
            ("2E", "2000P"),
            ("128974848", "123Mi"),
        ] {
            assert!(is_same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1", "1m"),
            ("1G", "1Gi"),
            ("100m", "200m"),
            ("1Mi", "none"),
            ("much", "more"),
            ("", "0"),
        ] {
            assert!(!is_same(one, other), "{one} {other}");
        }
    }
}

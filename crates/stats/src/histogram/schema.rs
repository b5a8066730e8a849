//! Schemas and the exact bounds of their buckets.
//!
//! Follows `getBoundExponential` (Prometheus, `model/histogram/generic.go`), whose results are what a server prints.

use serde::{Deserialize, Serialize};

use super::fractions::FRACTIONS;

/// The resolution of an exponential histogram: bucket bounds grow by `2^(2^-schema)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i32", into = "i32")]
pub struct Schema(i8);

/// A schema outside -4..=8, which no Prometheus server stores as exponential buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("schema {0} is not an exponential schema (-4 to 8)")]
pub struct InvalidSchema(pub i32);

impl TryFrom<i32> for Schema {
    type Error = InvalidSchema;

    fn try_from(schema: i32) -> Result<Self, InvalidSchema> {
        Self::try_new(schema)
    }
}

impl From<Schema> for i32 {
    fn from(schema: Schema) -> Self {
        Self::from(schema.0)
    }
}

impl Schema {
    /// The coarsest schema, a growth of 65,536 per bucket.
    pub const COARSEST: Self = Self(-4);
    /// The schema of k6: a growth of 9.05 % per bucket.
    pub const K6: Self = Self(3);
    /// The finest schema, a growth of 0.27 % per bucket.
    pub const FINEST: Self = Self(8);

    /// Checks that the schema is one of -4..=8.
    pub fn try_new(schema: i32) -> Result<Self, InvalidSchema> {
        match i8::try_from(schema) {
            Ok(small) if (Self::COARSEST.0..=Self::FINEST.0).contains(&small) => Ok(Self(small)),
            _ => Err(InvalidSchema(schema)),
        }
    }

    /// Returns the schema as a number.
    pub fn get(self) -> i32 {
        i32::from(self.0)
    }

    /// Returns the natural logarithm of the growth of one bucket, `ln 2 * 2^-s`.
    pub fn log_width(self) -> f64 {
        std::f64::consts::LN_2 * f64::from(-self.get()).exp2()
    }

    /// Returns the index of the bucket that holds `+Inf`.
    pub fn overflow_index(self) -> i32 {
        shift(1024, self.get()) + 1
    }

    /// Returns a lower limit of the indices that a positive `f64` can have.
    ///
    /// One octave is left below the smallest `f64`, because bounds of subnormal size are rounded.
    pub fn lowest_index(self) -> i32 {
        if self.0 >= 0 {
            -(1075 << self.0)
        } else {
            -(1074 >> -self.0)
        }
    }

    /// Returns the inclusive upper bound of bucket `index`, bit for bit as Prometheus computes it.
    pub fn upper_bound(self, index: i32) -> f64 {
        if index >= self.overflow_index() {
            return f64::INFINITY;
        }
        if index == self.overflow_index() - 1 {
            // 2^1024 does not exist; the server uses the greatest finite number.
            return f64::MAX;
        }
        let index = index.max(self.lowest_index() - 1);
        if self.0 < 0 {
            return load_exponent(1.0, index << -self.0);
        }
        let fraction = index & ((1 << self.0) - 1);
        let place = usize::try_from(fraction << (8 - self.0)).unwrap_or_default();
        load_exponent(FRACTIONS[place], (index >> self.0) + 1)
    }

    /// Returns the exclusive lower bound of bucket `index`.
    pub fn lower_bound(self, index: i32) -> f64 {
        self.upper_bound(index.saturating_sub(1))
    }

    /// Returns the index of the bucket that holds a positive value, or `None` for zero, negative values and NaN.
    pub fn index_of(self, value: f64) -> Option<i32> {
        if value.is_nan() || value <= 0.0 {
            return None;
        }
        if value.is_infinite() {
            return Some(self.overflow_index());
        }
        let guess = (value.log2() * f64::from(self.get()).exp2()).ceil();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "|log2| of an f64 is below 1075, times 256 at most"
        )]
        let mut index = guess as i32;
        // The logarithm may round to the other side of a bound; the table decides.
        while self.upper_bound(index) < value {
            index += 1;
        }
        while self.lower_bound(index) >= value {
            index -= 1;
        }
        Some(index)
    }

    /// Recovers schema and index from the two bounds that a server printed.
    ///
    /// `None` when the bounds are not those of one regular positive bucket: an overflow bucket, or one cut by the zero bucket.
    pub fn from_bounds(lower: f64, upper: f64) -> Option<(Self, i32)> {
        if !(lower > 0.0 && upper > lower && upper.is_finite()) {
            return None;
        }
        let guess = -(upper.log2() - lower.log2()).log2().round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "log2 of a difference of logarithms is small"
        )]
        let schema = Self::try_new(guess as i32).ok()?;
        let index = schema.index_of(upper)?;
        let same = |left: f64, right: f64| left.to_bits() == right.to_bits();
        let exact =
            same(schema.upper_bound(index), upper) && same(schema.lower_bound(index), lower);
        exact.then_some((schema, index))
    }

    /// Returns the index in a coarser schema of the bucket that contains bucket `index` of this one.
    pub(crate) fn coarser_index(self, index: i32, coarser: Self) -> i32 {
        ((index - 1) >> (self.0 - coarser.0)) + 1
    }
}

fn shift(value: i32, by: i32) -> i32 {
    if by >= 0 { value << by } else { value >> -by }
}

/// Returns `fraction * 2^exponent`, rounded once.
fn load_exponent(fraction: f64, exponent: i32) -> f64 {
    match exponent {
        1024.. => fraction * 2.0 * power_of_two(exponent.min(1024) - 1),
        -1022..=1023 => fraction * power_of_two(exponent),
        // The first product is exact, so that a subnormal result is rounded only once.
        _ => fraction * power_of_two(exponent.max(-1100) + 128) * power_of_two(-128),
    }
}

/// Returns `2^exponent` for -1022..=1023.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::from((exponent + 1023).unsigned_abs()) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(number: i32) -> Schema {
        Schema::try_new(number).unwrap()
    }

    #[test]
    fn bounds_print_as_the_server_prints_them() {
        // Bodies recorded from Prometheus 2.42.0, 2.53.3 and 3.5.3 are identical in these strings.
        assert_eq!(schema(3).upper_bound(13), 3.084_421_650_815_881_5);
        assert_eq!(schema(3).upper_bound(12).to_string(), "2.82842712474619");
        assert_eq!(schema(3).upper_bound(0), 1.0);
        assert_eq!(schema(0).upper_bound(-3), 0.125);
        assert_eq!(schema(-4).upper_bound(1), 65536.0);
        assert_eq!(schema(3).upper_bound(-64), 0.003_906_25);
    }

    #[test]
    fn the_ends_of_the_range_are_those_of_f64() {
        for number in -4..=8 {
            let schema = schema(number);
            let overflow = schema.overflow_index();
            assert_eq!(schema.upper_bound(overflow), f64::INFINITY);
            assert_eq!(schema.lower_bound(overflow), f64::MAX);
            assert_eq!(schema.index_of(f64::INFINITY), Some(overflow));
            assert_eq!(schema.index_of(f64::MAX), Some(overflow - 1));
            let smallest = schema.index_of(f64::from_bits(1)).unwrap();
            assert!(smallest >= schema.lowest_index(), "schema {number}");
            assert!(schema.lower_bound(smallest) < f64::from_bits(1));
        }
    }

    #[test]
    fn every_bound_of_two_octaves_round_trips() {
        for number in -4..=8 {
            let schema = schema(number);
            let span = if number > 0 { 1 << number } else { 1 };
            for index in -2 * span..=2 * span {
                let (lower, upper) = (schema.lower_bound(index), schema.upper_bound(index));
                let printed: f64 = upper.to_string().parse().unwrap();
                assert_eq!(
                    schema.index_of(printed),
                    Some(index),
                    "schema {number}, bucket {index}"
                );
                assert_eq!(Schema::from_bounds(lower, upper), Some((schema, index)));
                let next_up = f64::from_bits(upper.to_bits() + 1);
                assert_eq!(schema.index_of(next_up), Some(index + 1));
            }
        }
    }

    #[test]
    fn a_formula_would_not_do() {
        // Two correct ways to compute a power disagree with the table somewhere, which is why the table is embedded.
        let by_formula = |index: i32| (f64::from(index) / 256.0 - 1.0).exp2();
        let differing = (0..256)
            .filter(|&index| schema(8).upper_bound(index - 256) != by_formula(index))
            .count();
        assert!(differing > 50, "{differing}");
    }

    #[test]
    fn cut_and_overflow_buckets_have_no_schema() {
        assert_eq!(Schema::from_bounds(f64::MAX, f64::INFINITY), None);
        assert_eq!(Schema::from_bounds(1.01, 1.090_507_732_665_257_7), None);
        assert_eq!(Schema::from_bounds(-1.0, 1.0), None);
    }

    #[test]
    fn schemas_are_checked() {
        assert_eq!(Schema::try_new(9), Err(InvalidSchema(9)));
        assert_eq!(
            Schema::try_new(-53).unwrap_err().to_string(),
            "schema -53 is not an exponential schema (-4 to 8)"
        );
    }

    #[test]
    fn coarser_buckets_contain_the_finer_ones() {
        let (fine, coarse) = (schema(3), schema(1));
        for index in -40..40 {
            let target = fine.coarser_index(index, coarse);
            assert!(coarse.lower_bound(target) <= fine.lower_bound(index));
            assert!(coarse.upper_bound(target) >= fine.upper_bound(index));
        }
        let overflow = fine.overflow_index();
        assert_eq!(
            fine.coarser_index(overflow, coarse),
            coarse.overflow_index()
        );
    }
}

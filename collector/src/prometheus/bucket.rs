//! From the bounds of a bucket back to its schema and index. The JSON of Prometheus has bounds only.

/// Where a positive bucket lies: bucket `i` of schema `s` covers `(2^((i-1)/2^s), 2^(i/2^s)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BucketPosition {
    pub(super) schema: i8,
    pub(super) index: i32,
}

/// The schemas that Prometheus has.
const SCHEMAS: std::ops::RangeInclusive<i32> = -4..=8;
/// How far a bound may be from the grid of its schema, relative to the width of a bucket. Printed bounds are exact to the bit but computed by
/// a table that differs from `powf` by one ulp.
const TOLERANCE: f64 = 1e-6;

/// Finds the schema and index of a regular positive bucket with these bounds (`upper` infinite for the overflow bucket).
pub(super) fn position(lower: f64, upper: f64, schema_hint: Option<i8>) -> Option<BucketPosition> {
    if upper.is_infinite() {
        // The overflow bucket begins at f64::MAX whatever the schema, so only its neighbours tell the schema.
        let schema = schema_hint?;
        let index = 1024.0 * f64::from(schema).exp2() + 1.0;
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^18 + 1")]
        return Some(BucketPosition {
            schema,
            index: index as i32,
        });
    }
    if !(lower > 0.0 && upper > lower) {
        return None;
    }
    // The last regular bucket of schemas 0 and above ends at f64::MAX instead of 2^1024.
    let log_upper = if upper >= f64::MAX {
        1024.0
    } else {
        upper.log2()
    };
    let width = log_upper - lower.log2();
    let schema = -width.log2().round();
    let scaled = log_upper * schema.exp2();
    let on_grid = |value: f64| (value - value.round()).abs() < TOLERANCE;
    if !on_grid(scaled) || !on_grid(width * schema.exp2()) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked by the range of schemas"
    )]
    let (schema, index) = (schema as i32, scaled.round() as i32);
    SCHEMAS.contains(&schema).then_some(BucketPosition {
        schema: i8::try_from(schema).ok()?,
        index,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(schema: i32, index: i32) -> f64 {
        (f64::from(index) * f64::from(-schema).exp2()).exp2()
    }

    #[test]
    fn every_bucket_of_every_schema_is_found_again() {
        for schema in SCHEMAS {
            let per_octave = 2_i32.pow(u32::try_from(schema.max(0)).unwrap());
            let octaves = 60.min(1000 / 2_i32.pow(u32::try_from((-schema).max(0)).unwrap()));
            for index in -octaves * per_octave..=octaves * per_octave {
                let found = position(bound(schema, index - 1), bound(schema, index), None);
                let expected = BucketPosition {
                    schema: i8::try_from(schema).unwrap(),
                    index,
                };
                assert_eq!(found, Some(expected));
            }
        }
    }

    #[test]
    fn the_bounds_that_prometheus_prints_are_found() {
        // From Prometheus' own table for schema 3, which differs from powf by an ulp in three of eight entries.
        let fractions = [
            0.5,
            0.545_253_866_332_628_8,
            0.594_603_557_501_360_5,
            0.648_419_777_325_504_8,
            std::f64::consts::FRAC_1_SQRT_2,
            0.771_105_412_703_970_4,
            0.840_896_415_253_714_4,
            0.917_004_043_204_671_1,
        ];
        for octave in -30..30 {
            for (place, pair) in fractions.windows(2).enumerate() {
                let scale = f64::from(octave).exp2();
                let found = position(pair[0] * scale, pair[1] * scale, None).unwrap();
                let index = (octave - 1) * 8 + i32::try_from(place).unwrap() + 1;
                assert_eq!(found, BucketPosition { schema: 3, index });
            }
        }
    }

    #[test]
    fn the_edges_of_the_range_are_found() {
        assert_eq!(
            position(bound(3, 8191), f64::MAX, None),
            Some(BucketPosition {
                schema: 3,
                index: 8192
            })
        );
        assert_eq!(
            position(f64::MAX, f64::INFINITY, Some(3)),
            Some(BucketPosition {
                schema: 3,
                index: 8193
            })
        );
        assert_eq!(position(f64::MAX, f64::INFINITY, None), None);
    }

    #[test]
    fn what_is_no_bucket_is_refused() {
        for (lower, upper) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (2.0, 1.0),
            (1.0, 1.5),
            (1.1, 2.2),
            (f64::NAN, 1.0),
        ] {
            assert_eq!(position(lower, upper, None), None, "({lower}, {upper}]");
        }
    }
}

//! How far two colours are apart for readers who see them differently: CIEDE2000 (Sharma, Wu and Dalal 2005) after the simulation of
//! Machado, Oliveira and Fernandes 2009 at severity 1.0.

/// Linear light of an sRGB colour, each channel from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colour([f64; 3]);

/// Whose eyes see a colour.
#[derive(Debug, Clone, Copy)]
pub(super) enum Vision {
    Full,
    Deuteranopia,
    Protanopia,
}

impl Vision {
    pub(super) const ALL: [Self; 3] = [Self::Full, Self::Deuteranopia, Self::Protanopia];

    /// From linear light to the linear light of what is seen; table 1 of Machado and others, severity 1.0.
    const fn matrix(self) -> [[f64; 3]; 3] {
        match self {
            Self::Full => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            Self::Deuteranopia => [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
            Self::Protanopia => [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        }
    }
}

/// A colour in CIELAB under D65.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lab {
    pub(super) lightness: f64,
    a: f64,
    b: f64,
}

impl Colour {
    /// From `0xRRGGBB`.
    pub(super) fn from_rgb(value: u32) -> Self {
        let [_, red, green, blue] = value.to_be_bytes();
        Self([red, green, blue].map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        }))
    }

    /// Relative luminance, 0 to 1.
    pub(super) fn luminance(self) -> f64 {
        dot([0.212_6, 0.715_2, 0.072_2], self.0)
    }

    /// What a reader sees.
    pub(super) fn seen_by(self, vision: Vision) -> Lab {
        let light = vision.matrix().map(|row| dot(row, self.0).clamp(0.0, 1.0));
        let x = dot([0.412_456_4, 0.357_576_1, 0.180_437_5], light) / 0.950_47;
        let y = dot([0.212_672_9, 0.715_152_2, 0.072_175_0], light);
        let z = dot([0.019_333_9, 0.119_192_0, 0.950_304_1], light) / 1.088_83;
        let [x, y, z] = [x, y, z].map(|value: f64| {
            if value > 216.0 / 24_389.0 {
                value.cbrt()
            } else {
                (24_389.0 / 27.0 * value + 16.0) / 116.0
            }
        });
        Lab {
            lightness: 116.0 * y - 16.0,
            a: 500.0 * (x - y),
            b: 200.0 * (y - z),
        }
    }
}

fn dot(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The difference of two colours, CIEDE2000 with all weights one.
pub(super) fn difference(one: Lab, other: Lab) -> f64 {
    let mean_chroma = f64::midpoint(one.a.hypot(one.b), other.a.hypot(other.b));
    let stretch = 1.0 + 0.5 * (1.0 - saturation(mean_chroma));
    let polar = |lab: Lab| {
        let a = lab.a * stretch;
        (
            a.hypot(lab.b),
            lab.b.atan2(a).to_degrees().rem_euclid(360.0),
        )
    };
    let ((chroma, hue), (other_chroma, other_hue)) = (polar(one), polar(other));
    let lightness = f64::midpoint(one.lightness, other.lightness);
    let mean_chroma = f64::midpoint(chroma, other_chroma);
    let (turn, mean_hue) = if chroma * other_chroma == 0.0 {
        (0.0, hue + other_hue)
    } else {
        hues(hue, other_hue)
    };
    let cosine = |factor: f64, shift: f64| (factor * mean_hue + shift).to_radians().cos();
    let tone = 1.0 - 0.17 * cosine(1.0, -30.0) + 0.24 * cosine(2.0, 0.0) + 0.32 * cosine(3.0, 6.0)
        - 0.20 * cosine(4.0, -63.0);
    let from_middle = (lightness - 50.0).powi(2);
    let by_lightness = (other.lightness - one.lightness)
        / (1.0 + 0.015 * from_middle / (20.0 + from_middle).sqrt());
    let by_chroma = (other_chroma - chroma) / (1.0 + 0.045 * mean_chroma);
    let by_hue = 2.0 * (chroma * other_chroma).sqrt() * (turn / 2.0).to_radians().sin()
        / (1.0 + 0.015 * mean_chroma * tone);
    let blue = 30.0 * (-((mean_hue - 275.0) / 25.0).powi(2)).exp();
    let rotation = -2.0 * saturation(mean_chroma) * (2.0 * blue).to_radians().sin();
    (by_lightness.powi(2) + by_chroma.powi(2) + by_hue.powi(2) + rotation * by_chroma * by_hue)
        .sqrt()
}

fn saturation(chroma: f64) -> f64 {
    let power = chroma.powi(7);
    (power / (power + 25_f64.powi(7))).sqrt()
}

/// The turn from one hue to the other and the hue between them, in degrees.
fn hues(one: f64, other: f64) -> (f64, f64) {
    let turn = (other - one + 180.0).rem_euclid(360.0) - 180.0;
    (turn, (one + turn / 2.0).rem_euclid(360.0))
}

#[test]
fn differences_are_those_of_the_published_pairs() {
    // Pairs 1, 4, 7, 10, 17 and 25 of the supplementary data of Sharma, Wu and Dalal.
    let pairs = [
        ([50.0, 2.677_2, -79.775_1], [50.0, 0.0, -82.748_5], 2.042_5),
        ([50.0, -1.380_1, -84.281_4], [50.0, 0.0, -82.748_5], 1.0),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.366_9),
        ([50.0, 2.49, -0.001], [50.0, -2.49, 0.001], 7.179_2),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.149_2),
        (
            [60.257_4, -34.009_9, 36.267_7],
            [60.462_6, -34.175_1, 39.438_7],
            1.264_4,
        ),
    ];
    let lab = |[lightness, a, b]: [f64; 3]| Lab { lightness, a, b };
    for (one, other, expected) in pairs {
        let found = difference(lab(one), lab(other));
        assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
    }
}

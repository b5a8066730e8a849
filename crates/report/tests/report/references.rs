//! Pictures against references kept in `references/`: small, so that what counts is what an eye sees, and compared with a tolerance, since
//! rounding of pixels differs between processors. Fonts are bundled, so nothing else does.

use std::path::{Path, PathBuf};

use resvg::tiny_skia::Pixmap;

use crate::fixture;
use meshdelta_report::{ChartKind, ChartOptions, Preset, render_chart, svg_to_png};

/// Set to any value to write the references.
const UPDATE: &str = "MESHDELTA_UPDATE_REFERENCES";
/// The width of a reference in pixels.
const WIDTH: f32 = 320.0;
/// Two pixels that are farther apart look different; distances are in Oklab, times 100, where black and white are 100 apart.
const VISIBLE: f64 = 4.0;
/// The largest share of pixels that may look different.
const MOST_VISIBLE: f64 = 0.002;
/// The largest mean distance.
const LARGEST_MEAN: f64 = 0.2;

/// Every chart as a slide, and one in every preset.
fn pictures() -> impl Iterator<Item = (ChartKind, Preset, String)> {
    let slides = ChartKind::ALL
        .into_iter()
        .map(|kind| (kind, Preset::Slide, "slide"));
    let presets = [
        (ChartKind::Overheads, Preset::SlideDark, "slide-dark"),
        (ChartKind::Overheads, Preset::Doc, "doc"),
        (ChartKind::Overheads, Preset::Square, "square"),
    ];
    slides
        .chain(presets)
        .map(|(kind, preset, label)| (kind, preset, format!("{}-{label}.png", kind.name())))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/references")
}

fn small(kind: ChartKind, preset: Preset) -> Vec<u8> {
    let options = ChartOptions::preset(preset);
    let svg = render_chart(&fixture::five_phases(), kind, &options).unwrap();
    let width: f32 = match preset {
        Preset::Slide | Preset::SlideDark => 1920.0,
        Preset::Square => 1080.0,
        Preset::Doc => 720.0,
    };
    svg_to_png(&svg, WIDTH / width).unwrap()
}

/// How different two pictures look.
struct Distance {
    mean: f64,
    /// The share of pixels that look different.
    visible: f64,
}

impl Distance {
    fn between(one: &Pixmap, other: &Pixmap) -> Self {
        assert_eq!(
            (one.width(), one.height()),
            (other.width(), other.height()),
            "the size changed"
        );
        let distances: Vec<f64> = softened(one)
            .into_iter()
            .zip(softened(other))
            .map(|(one, other)| {
                let squares = one
                    .iter()
                    .zip(other)
                    .map(|(one, other)| (one - other).powi(2));
                100.0 * squares.sum::<f64>().sqrt()
            })
            .collect();
        let count = distances.len() as f64;
        let visible = distances.iter().filter(|one| **one > VISIBLE).count();
        Self {
            mean: distances.iter().sum::<f64>() / count,
            visible: visible as f64 / count,
        }
    }

    fn is_tolerable(&self) -> bool {
        self.mean <= LARGEST_MEAN && self.visible <= MOST_VISIBLE
    }
}

/// The pixels in Oklab, each the mean of itself and its neighbours: an edge that moved by a part of a pixel is not seen.
fn softened(picture: &Pixmap) -> Vec<[f64; 3]> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels: Vec<[f64; 3]> = picture
        .pixels()
        .iter()
        .map(|pixel| oklab([pixel.red(), pixel.green(), pixel.blue()]))
        .collect();
    let near = |at: usize, end: usize| at.saturating_sub(1)..(at + 2).min(end);
    (0..height * width)
        .map(|index| {
            let (x, y) = (index % width, index / width);
            let around = near(y, height).flat_map(|y| near(x, width).map(move |x| y * width + x));
            let (sum, count) = around.fold(([0.0; 3], 0.0), |(sum, count): ([f64; 3], f64), at| {
                let pixel = pixels[at];
                (
                    [0, 1, 2].map(|channel| sum[channel] + pixel[channel]),
                    count + 1.0,
                )
            });
            sum.map(|channel| channel / count)
        })
        .collect()
}

/// A colour in Oklab (Ottosson 2020), in which equal distances look alike.
fn oklab(rgb: [u8; 3]) -> [f64; 3] {
    let [red, green, blue] = rgb.map(|channel| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    });
    let long = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
    let medium = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
    let short = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
    [
        0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short,
        1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short,
        0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short,
    ]
}

#[test]
fn pictures_look_like_their_references() {
    let mut complaints = Vec::new();
    for (kind, preset, file) in pictures() {
        let drawn = small(kind, preset);
        let reference = folder().join(&file);
        if std::env::var_os(UPDATE).is_some() {
            fs_err::write(&reference, &drawn).unwrap();
        }
        let wanted = fs_err::read(&reference).unwrap();
        let distance = Distance::between(
            &Pixmap::decode_png(&drawn).unwrap(),
            &Pixmap::decode_png(&wanted).unwrap(),
        );
        if !distance.is_tolerable() {
            let seen = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&file);
            fs_err::write(&seen, &drawn).unwrap();
            complaints.push(format!(
                "{}: mean distance {:.3}, {:.2} % of pixels look different; look at {} beside it",
                reference.display(),
                distance.mean,
                100.0 * distance.visible,
                seen.display()
            ));
        }
    }
    assert!(
        complaints.is_empty(),
        "{}\nIf the pictures are as they should be, write the references with {UPDATE}=1 cargo test -p meshdelta-report references",
        complaints.join("\n")
    );
}

#[test]
fn rounding_is_tolerated_and_a_change_is_not() {
    let drawn = Pixmap::decode_png(&small(ChartKind::Overheads, Preset::Slide)).unwrap();
    // Up and down by one, as rounding does.
    let mut rounded = drawn.clone();
    for (index, pixel) in rounded.data_mut().chunks_exact_mut(4).enumerate() {
        for byte in &mut pixel[..3] {
            *byte = if index % 2 == 0 {
                byte.saturating_sub(1)
            } else {
                byte.saturating_add(1)
            };
        }
    }
    assert!(Distance::between(&drawn, &rounded).is_tolerable());
    // A label of another phase is a small change: one word on a slide.
    let mut model = fixture::five_phases();
    "Sidecar, other".clone_into(&mut model.phases[1].title);
    let svg = render_chart(
        &model,
        ChartKind::Overheads,
        &ChartOptions::preset(Preset::Slide),
    );
    let png = svg_to_png(&svg.unwrap(), WIDTH / 1920.0).unwrap();
    let changed = Pixmap::decode_png(&png).unwrap();
    assert!(!Distance::between(&drawn, &changed).is_tolerable());
}

//! Charts as SVG and PNG.

use crate::fixture;
use meshdelta_report::model::{Measured, Overhead, ReportModel, Statistic};
use meshdelta_report::{ChartKind, ChartOptions, Preset, render_chart, svg_to_png};

const PRESETS: [Preset; 4] = [
    Preset::Doc,
    Preset::Slide,
    Preset::SlideDark,
    Preset::Square,
];

fn draw(model: &ReportModel, kind: ChartKind, preset: Preset) -> String {
    render_chart(model, kind, &ChartOptions::preset(preset)).unwrap()
}

/// Width and height from the header of a PNG.
fn png_size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn every_chart_is_available_and_has_a_name() {
    let model = fixture::five_phases();
    for kind in ChartKind::ALL {
        assert!(kind.is_available(&model), "{}", kind.name());
        assert_eq!(ChartKind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(ChartKind::from_name("pie"), None);
}

#[test]
fn text_stays_on_the_sheet() {
    for model in [
        fixture::five_phases(),
        fixture::one_round(),
        fixture::invalid_phase(),
    ] {
        for kind in ChartKind::ALL {
            for preset in PRESETS {
                let svg = draw(&model, kind, preset);
                let (width, height) = view_box(&svg);
                for text in svg.split("<text ").skip(1) {
                    let (x, y) = (attribute(text, "x=\""), attribute(text, "y=\""));
                    let name = kind.name();
                    assert!(
                        x >= 0.0 && x <= width,
                        "{name} {preset:?}: x={x} in {text:.200}"
                    );
                    assert!(
                        y >= 0.0 && y <= height,
                        "{name} {preset:?}: y={y} in {text:.200}"
                    );
                }
            }
        }
    }
}

fn view_box(svg: &str) -> (f64, f64) {
    let numbers = svg
        .split("viewBox=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let numbers: Vec<f64> = numbers
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    (numbers[2], numbers[3])
}

fn attribute(text: &str, prefix: &str) -> f64 {
    let rest = text.split(prefix).nth(1).unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[test]
fn small_print_makes_a_chart_checkable() {
    let model = fixture::five_phases();
    for kind in ChartKind::ALL {
        let svg = draw(&model, kind, Preset::Doc);
        for fact in ["20261120-091403-7f3a", "3 rounds", "1000 req/s", "k6 1.4.0"] {
            assert!(svg.contains(fact), "{}: {fact}", kind.name());
        }
    }
}

#[test]
fn a_slide_has_large_letters() {
    let model = fixture::five_phases();
    for kind in ChartKind::ALL {
        let svg = draw(&model, kind, Preset::Slide);
        let sizes: Vec<f64> = svg
            .split("font-size=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse::<f64>().unwrap() / 10.0)
            .collect();
        // Small print may be small; six panels or thirty slots cannot have the letters of one.
        let may_shrink = matches!(kind, ChartKind::AllOverheads | ChartKind::HeatMap);
        let is_large = |size: &f64| (17.99..18.01).contains(size) || *size >= 27.99;
        assert!(
            may_shrink || sizes.iter().all(is_large),
            "{}: {sizes:?}",
            kind.name()
        );
        assert!(sizes.iter().any(|size| *size >= 53.99), "{}", kind.name());
    }
}

#[test]
fn labels_from_outside_stay_text_in_svg() {
    let model = fixture::hostile();
    for kind in ChartKind::ALL {
        let svg = draw(&model, kind, Preset::Doc);
        assert!(!svg.contains("<script"), "{}", kind.name());
        assert_eq!(svg.matches("</svg>").count(), 1, "{}", kind.name());
        // Being read back proves that it is well-formed.
        assert!(svg_to_png(&svg, 0.2).is_ok(), "{}", kind.name());
    }
}

#[test]
fn a_slide_is_full_hd() {
    let svg = draw(&fixture::five_phases(), ChartKind::Overheads, Preset::Slide);
    let png = svg_to_png(&svg, 1.0).unwrap();
    assert_eq!(png_size(&png), (1920, 1080));
    assert!(
        png.len() > 20_000,
        "{} bytes are too few for a picture with text",
        png.len()
    );
}

#[test]
fn scale_and_size_are_obeyed() {
    let model = fixture::five_phases();
    let options = ChartOptions {
        size: Some((800, 600)),
        ..ChartOptions::preset(Preset::Doc)
    };
    let svg = render_chart(&model, ChartKind::Spectrum, &options).unwrap();
    assert_eq!(png_size(&svg_to_png(&svg, 2.0).unwrap()), (1600, 1200));
    let too_large = svg_to_png(&svg, 1000.0).unwrap_err();
    assert!(
        too_large.to_string().contains("800000 by 600000"),
        "{too_large}"
    );
}

#[test]
fn a_transparent_chart_has_no_ground() {
    let model = fixture::five_phases();
    let opaque = ChartOptions::preset(Preset::Slide);
    let transparent = ChartOptions {
        transparent: true,
        ..opaque
    };
    let ground = "d=\"M0 0h19200v10800h-19200z\"";
    let draw = |options| render_chart(&model, ChartKind::Overheads, &options).unwrap();
    assert!(draw(opaque).contains(ground));
    assert!(!draw(transparent).contains(ground));
}

#[test]
fn the_same_model_gives_the_same_picture() {
    let first = draw(&fixture::five_phases(), ChartKind::HeatMap, Preset::Doc);
    let second = draw(&fixture::five_phases(), ChartKind::HeatMap, Preset::Doc);
    assert_eq!(first, second);
    assert_eq!(
        svg_to_png(&first, 0.5).unwrap(),
        svg_to_png(&second, 0.5).unwrap()
    );
}

#[test]
fn what_is_not_svg_is_an_error() {
    assert!(svg_to_png("<p>no</p>", 1.0).is_err());
}

#[test]
fn rounds_stay_on_their_axis_when_an_early_one_was_dropped() {
    let mut model = fixture::five_phases();
    model.run.rounds = 2;
    for overhead in &mut model.overheads {
        if let meshdelta_report::model::Measured::Known { value } = &mut overhead.estimate {
            value.round_differences.remove(0);
        }
    }
    let svg = draw(&model, ChartKind::Rounds, Preset::Square);
    // Where texts stand, the first of a kind.
    let place = |label: &str| {
        let text = svg
            .split("<text ")
            .find(|text| text.contains(&format!(">{label}</text>")))
            .unwrap_or_else(|| panic!("{label} is not on the axis"));
        attribute(text, "x=\"")
    };
    assert!(place("round") < place("2") && place("2") < place("3") && place("3") < place("mean"));
}

#[test]
fn a_statistic_without_any_number_has_no_empty_panel() {
    let mut model = fixture::five_phases();
    let shows_tail = |model: &ReportModel| {
        draw(model, ChartKind::AllOverheads, Preset::Slide).contains(">Added to p99.9<")
    };
    assert!(shows_tail(&model));
    let of_tail = |overhead: &&mut Overhead| overhead.statistic == Statistic::P999;
    for overhead in model.overheads.iter_mut().filter(of_tail) {
        overhead.estimate = Measured::unknown("too few requests");
    }
    assert!(!shows_tail(&model));
}

#[test]
fn a_narrow_chart_names_every_role() {
    let options = ChartOptions {
        size: Some((360, 1200)),
        ..ChartOptions::preset(Preset::Doc)
    };
    let svg = render_chart(&fixture::five_phases(), ChartKind::Resources, &options).unwrap();
    let texts = svg.split("<text ").skip(1);
    let roles: Vec<&str> = texts.filter(|text| text.contains(" · ")).collect();
    assert!(roles.len() > 4, "{svg}");
    assert!(!roles.iter().any(|text| text.contains('…')), "{roles:?}");
}

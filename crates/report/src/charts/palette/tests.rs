use super::colour_vision::{Colour, Vision, difference};
use super::*;

/// The least difference between two phases: well above what can just be seen side by side (about 2).
const LEAST_DIFFERENCE: f64 = 10.0;
/// The least difference in CIE lightness between a family and its L7 variant.
const LEAST_LIGHTNESS: f64 = 8.0;

fn themes() -> [fn(&Tone) -> Colour; 2] {
    [
        |tone| Colour::from_rgb(tone.light),
        |tone| Colour::from_rgb(tone.dark),
    ]
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (one.luminance(), other.luminance());
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_phase_has_enough_contrast_in_both_themes() {
    for theme in themes() {
        for phase in &PHASES {
            let contrast = contrast(theme(phase), theme(&BACKGROUND));
            assert!(contrast >= 3.0, "{}: {contrast:.2}", phase.variable);
        }
    }
}

#[test]
fn text_has_enough_contrast_on_ground_and_band() {
    for theme in themes() {
        for text in [&TEXT, &MUTED] {
            for ground in [&BACKGROUND, &BAND] {
                assert!(contrast(theme(text), theme(ground)) >= 4.5);
            }
        }
    }
}

#[test]
fn any_two_phases_differ_for_every_reader() {
    for theme in themes() {
        for (index, one) in PHASES.iter().enumerate() {
            for other in &PHASES[..index] {
                for vision in Vision::ALL {
                    let difference =
                        difference(theme(one).seen_by(vision), theme(other).seen_by(vision));
                    assert!(
                        difference >= LEAST_DIFFERENCE,
                        "{} and {}, {vision:?}: {difference:.1}",
                        one.variable,
                        other.variable
                    );
                }
            }
        }
    }
}

#[test]
fn l7_differs_from_its_family_in_lightness() {
    let pairs = [
        (ColourSlot::SIDECAR, ColourSlot::SIDECAR_L7),
        (ColourSlot::AMBIENT, ColourSlot::AMBIENT_L7),
    ];
    for theme in themes() {
        for (family, l7) in pairs {
            let lightness = |slot: ColourSlot| {
                theme(Ink::Phase(slot).tone())
                    .seen_by(Vision::Full)
                    .lightness
            };
            assert!(lightness(l7) - lightness(family) >= LEAST_LIGHTNESS);
        }
    }
}

#[test]
fn no_two_light_colours_are_the_same() {
    // Adaptive charts replace colours by variables; equal colours would become the same variable.
    let mut colours: Vec<u32> = tones().map(|tone| tone.light).collect();
    colours.sort_unstable();
    colours.dedup();
    assert_eq!(colours.len(), tones().count());
}

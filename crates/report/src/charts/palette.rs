//! Colours: phase means colour, everywhere the same. Family by hue, L7 by lightness and a hollow marker.

use std::fmt::Write as _;

use plotters::style::RGBAColor;

use crate::model::ColourSlot;

/// What is drawn, and therefore in which colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// The ground.
    Background,
    /// Text and axes.
    Text,
    /// Small print, and what is invalid.
    Muted,
    /// Grid lines.
    Grid,
    /// The band of no practical effect.
    Band,
    /// Hatching.
    Hatch,
    /// A phase.
    Phase(ColourSlot),
}

/// The theme of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on a light ground.
    Light,
    /// Light ink on a dark ground.
    Dark,
}

/// A colour in both themes, and the name of its CSS variable.
struct Tone {
    variable: &'static str,
    light: u32,
    dark: u32,
}

const BACKGROUND: Tone = tone("--ground", 0xFF_FF_FF, 0x14_18_1F);
const TEXT: Tone = tone("--ink", 0x1B_23_2D, 0xE8_EC_F1);
const MUTED: Tone = tone("--muted", 0x58_62_6F, 0xA9_B2_BE);
const GRID: Tone = tone("--grid", 0xE4_E7_EB, 0x2C_33_3D);
const BAND: Tone = tone("--band", 0xE9_EE_F5, 0x24_2C_38);
const HATCH: Tone = tone("--hatch", 0xA3_AD_BA, 0x5B_66_74);

// Text is never in a phase colour, so 3:1 against the ground is enough; all have it in both themes.
// Any two are at least 10 apart (CIEDE2000) for readers with full colour vision, deuteranopia and protanopia; the tests compute it.
const PHASES: [Tone; ColourSlot::PALETTE_SIZE] = [
    tone("--phase-0", 0x6B_72_80, 0xA1_A8_B3),
    tone("--phase-1", 0xB4_53_09, 0xE0_85_0C),
    tone("--phase-2", 0xD9_77_06, 0xFB_C6_6B),
    tone("--phase-3", 0x1D_5F_A8, 0x60_A5_FA),
    tone("--phase-4", 0x3B_8F_C2, 0x9C_D3_F5),
    tone("--phase-5", 0x43_00_BB, 0xAA_71_B3),
    tone("--phase-6", 0x0D_A6_65, 0x32_9F_80),
    tone("--phase-7", 0xBE_14_62, 0xFD_39_73),
    tone("--phase-8", 0x13_50_33, 0xBE_EE_D7),
];

const fn tone(variable: &'static str, light: u32, dark: u32) -> Tone {
    Tone {
        variable,
        light,
        dark,
    }
}

impl Ink {
    const fn tone(self) -> &'static Tone {
        match self {
            Self::Background => &BACKGROUND,
            Self::Text => &TEXT,
            Self::Muted => &MUTED,
            Self::Grid => &GRID,
            Self::Band => &BAND,
            Self::Hatch => &HATCH,
            Self::Phase(slot) => &PHASES[slot.palette_index()],
        }
    }

    /// The colour in a theme.
    pub(crate) fn colour(self, theme: Theme, opacity: f64) -> RGBAColor {
        let value = match theme {
            Theme::Light => self.tone().light,
            Theme::Dark => self.tone().dark,
        };
        let [_, red, green, blue] = value.to_be_bytes();
        RGBAColor(red, green, blue, opacity)
    }
}

fn tones() -> impl Iterator<Item = &'static Tone> {
    [&BACKGROUND, &TEXT, &MUTED, &GRID, &BAND, &HATCH]
        .into_iter()
        .chain(PHASES.iter())
}

/// For each colour of the light theme, the reference to its CSS variable.
pub(crate) fn variable_references() -> impl Iterator<Item = (String, String)> {
    tones().map(|tone| {
        (
            format!("\"#{:06X}\"", tone.light),
            format!("\"var({})\"", tone.variable),
        )
    })
}

/// The CSS declarations of all variables in a theme.
pub(crate) fn css_declarations(theme: Theme) -> String {
    let mut declarations = String::new();
    for tone in tones() {
        let value = match theme {
            Theme::Light => tone.light,
            Theme::Dark => tone.dark,
        };
        let _ = write!(declarations, "{}:#{value:06X};", tone.variable);
    }
    declarations
}

#[cfg(test)]
mod colour_vision;
#[cfg(test)]
mod tests;

//! Presets, sizes of letters and lines, and the frame around a chart: title above, small print below.

use super::canvas::{Anchor, Area, Canvas, Lettering, Weight};
use super::palette::{Ink, Theme};
use super::text_width::wrap;
use crate::model::ReportModel;
use crate::numbers::Numbers;

/// What a chart is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// A document: 720 pixels wide, as high as its content, light.
    Doc,
    /// A slide: 1920 by 1080, large letters, few words, light.
    Slide,
    /// The same on a dark ground.
    SlideDark,
    /// A square of 1080 by 1080, light.
    Square,
}

/// How a chart is to be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChartOptions {
    /// What it is made for.
    pub preset: Preset,
    /// Width and height in pixels; those of the preset when absent.
    pub size: Option<(u32, u32)>,
    /// Whether the ground is left out.
    pub transparent: bool,
}

impl ChartOptions {
    /// The options of a preset.
    pub const fn preset(preset: Preset) -> Self {
        Self {
            preset,
            size: None,
            transparent: false,
        }
    }
}

/// Sizes of letters and lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub(crate) label: f64,
    /// Ticks and notes in the chart.
    pub(crate) tick: f64,
    /// The small print under the chart.
    pub(crate) small: f64,
    pub(crate) title: f64,
    /// The width of a thin line.
    pub(crate) hair: f64,
    /// The radius of a marker.
    pub(crate) marker: f64,
    /// Whether only what a last row can read is shown.
    pub(crate) few_words: bool,
}

/// Letters for the last row.
const SLIDE_STYLE: Style = Style::new(30.0, 28.0, 18.0, 54.0, true);

impl Style {
    const fn new(label: f64, tick: f64, small: f64, title: f64, few_words: bool) -> Self {
        Self {
            label,
            tick,
            small,
            title,
            hair: label / 14.0,
            marker: label * 0.34,
            few_words,
        }
    }

    /// The same with letters and lines of the chart `factor` times as large; title and small print stay.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self {
            label: self.label * factor,
            tick: self.tick * factor,
            hair: self.hair * factor,
            marker: self.marker * factor,
            ..self
        }
    }

    /// Labels.
    pub(crate) const fn lettering(&self, ink: Ink, anchor: Anchor) -> Lettering {
        Lettering {
            size: self.label,
            weight: Weight::Regular,
            ink,
            anchor,
        }
    }

    /// Heads of panels.
    pub(crate) const fn head(&self, anchor: Anchor) -> Lettering {
        Lettering {
            size: self.label,
            weight: Weight::Bold,
            ink: Ink::Text,
            anchor,
        }
    }

    /// Ticks and notes.
    pub(crate) const fn note(&self, anchor: Anchor) -> Lettering {
        Lettering {
            size: self.tick,
            weight: Weight::Regular,
            ink: Ink::Muted,
            anchor,
        }
    }
}

/// A sheet of a certain size and look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surface {
    pub(crate) width: f64,
    /// As high as the content when absent.
    pub(crate) height: Option<f64>,
    pub(crate) margin: f64,
    pub(crate) style: Style,
    pub(crate) theme: Theme,
    /// Whether colours are CSS variables of the page.
    pub(crate) is_in_page: bool,
    /// Whether title and small print stand beside the picture.
    pub(crate) is_bare: bool,
    pub(crate) transparent: bool,
}

impl Surface {
    /// The surface of options.
    pub(crate) fn for_options(options: &ChartOptions) -> Self {
        let (width, height, style) = match options.preset {
            Preset::Doc => (720.0, None, Style::new(13.0, 11.0, 11.0, 18.0, false)),
            Preset::Slide | Preset::SlideDark => (1920.0, Some(1080.0), SLIDE_STYLE),
            Preset::Square => (
                1080.0,
                Some(1080.0),
                Style::new(24.0, 22.0, 16.0, 42.0, true),
            ),
        };
        let (width, height) = match options.size {
            Some((width, height)) => (f64::from(width), Some(f64::from(height))),
            None => (width, height),
        };
        let theme = match options.preset {
            Preset::SlideDark => Theme::Dark,
            Preset::Doc | Preset::Slide | Preset::Square => Theme::Light,
        };
        Self {
            width,
            height,
            margin: if style.few_words { 0.06 * width } else { 20.0 },
            style,
            theme,
            is_in_page: false,
            is_bare: false,
            transparent: options.transparent,
        }
    }

    /// The margin above and below.
    fn vertical_margin(&self) -> f64 {
        match self.height {
            Some(height) if self.style.few_words && !self.is_bare => 0.06 * height,
            _ => self.margin,
        }
    }

    /// The width between the margins.
    pub(crate) fn content_width(&self) -> f64 {
        self.width - 2.0 * self.margin
    }

    /// A surface in the page.
    pub(crate) const fn in_page(width: f64) -> Self {
        Self {
            width,
            height: None,
            margin: 1.0,
            style: Style::new(14.0, 12.0, 12.0, 18.0, false),
            theme: Theme::Light,
            is_in_page: true,
            is_bare: true,
            transparent: true,
        }
    }

    /// The place of a picture on a slide that has title and small print as text.
    pub(crate) const fn on_slide(theme: Theme, width: f64, height: f64) -> Self {
        Self {
            width,
            height: Some(height),
            margin: 1.0,
            style: SLIDE_STYLE,
            theme,
            is_in_page: false,
            is_bare: true,
            transparent: false,
        }
    }
}

/// What a chart is drawn from: a report, unless said otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene<'a, Model = ReportModel> {
    pub(crate) model: &'a Model,
    pub(crate) numbers: Numbers,
    pub(crate) style: Style,
    /// Whether the page says how to read the chart.
    pub(crate) is_in_page: bool,
    /// Whether the height of the sheet is given, so that a chart takes what there is.
    pub(crate) has_fixed_height: bool,
}

impl<Model> Scene<'_, Model> {
    /// The height of a chart that can have any: a part of its width, or the least on a sheet of fixed height.
    pub(crate) fn flexible_height(&self, width: f64, part: f64) -> f64 {
        let label = self.style.label;
        if self.has_fixed_height {
            label * 14.0
        } else {
            (width * part).clamp(label * 19.0, label * 30.0)
        }
    }
}

/// Title and small print, broken into lines, and the room that is left.
pub(crate) struct Frame {
    title: Vec<String>,
    small_print: Vec<String>,
    surface: Surface,
}

impl Frame {
    pub(crate) fn new(surface: Surface, title: &str, small_print: &str) -> Self {
        let width = surface.width - 2.0 * surface.margin;
        let style = surface.style;
        let lines = |text: &str, size: f64, weight: Weight| {
            if surface.is_bare {
                Vec::new()
            } else {
                wrap(text, size, weight, width)
            }
        };
        let mut title = lines(title, style.title, Weight::Bold);
        title.truncate(3);
        // The speaker's own logo stands bottom right.
        let small_width = if style.few_words { 0.8 } else { 1.0 };
        let small_print = if surface.is_bare {
            Vec::new()
        } else {
            wrap(
                small_print,
                style.small,
                Weight::Regular,
                small_width * width,
            )
        };
        Self {
            title,
            small_print,
            surface,
        }
    }

    /// The room for the chart in a picture of a height.
    pub(crate) fn content(&self, height: f64) -> Area {
        let (margin, vertical) = (self.surface.margin, self.surface.vertical_margin());
        Area::new(
            margin,
            vertical + self.title_height(),
            self.surface.width - margin,
            height - vertical - self.small_print_height(),
        )
    }

    /// The height of a picture whose chart has a height.
    pub(crate) fn height_around(&self, content: f64) -> f64 {
        content
            + self.title_height()
            + self.small_print_height()
            + 2.0 * self.surface.vertical_margin()
    }

    /// Draws ground, title and small print.
    pub(crate) fn paint(&self, canvas: &mut Canvas<'_>, height: f64) {
        let Surface {
            width,
            margin,
            style,
            transparent,
            ..
        } = self.surface;
        let vertical = self.surface.vertical_margin();
        if !transparent {
            canvas.fill(Area::new(0.0, 0.0, width, height), Ink::Background, 1.0);
        }
        for (index, line) in self.title.iter().enumerate() {
            let baseline = vertical + style.title * (0.85 + 1.2 * index as f64);
            let lettering = Lettering {
                size: style.title,
                weight: Weight::Bold,
                ink: Ink::Text,
                anchor: Anchor::Start,
            };
            canvas.text(line, (margin, baseline), lettering);
        }
        for (index, line) in self.small_print.iter().rev().enumerate() {
            let baseline = height - vertical - style.small * (0.25 + 1.35 * index as f64);
            let lettering = Lettering {
                size: style.small,
                ..style.note(Anchor::Start)
            };
            canvas.text(line, (margin, baseline), lettering);
        }
    }

    fn title_height(&self) -> f64 {
        match self.title.len() {
            0 => 0.0,
            lines => self.surface.style.title * (1.2 * lines as f64 + 0.4),
        }
    }

    fn small_print_height(&self) -> f64 {
        match self.small_print.len() {
            0 => 0.0,
            lines => self.surface.style.small * (1.35 * lines as f64 + 0.8),
        }
    }
}

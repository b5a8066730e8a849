//! Drawing in pixels with fractions, on plotters' SVG backend.

use plotters::coord::Shift;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{DrawingArea, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBAColor, ShapeStyle, TextStyle};

use super::ChartError;
use super::palette::{Ink, Theme};
use super::svg;

/// Plotters places on whole units, so a pixel has this many of them.
pub(crate) const UNITS_PER_PIXEL: f64 = 10.0;
/// The family of the bundled font, and what a browser without it takes.
pub(crate) const FONT_FAMILY: &str = "Inter, 'DejaVu Sans', Arial, sans-serif";
/// Plotters divides font sizes by this to imitate cap heights.
const PLOTTERS_FONT_DIVISOR: f64 = 1.24;

/// The weight of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Regular.
    Regular,
    /// Semi-bold.
    Bold,
}

/// Where the anchor of a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// At its left end.
    Start,
    /// In its middle.
    Middle,
    /// At its right end.
    End,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Area {
    pub(crate) const fn new(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self {
            left,
            top,
            right,
            bottom,
        }
    }

    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// The look of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lettering {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) ink: Ink,
    pub(crate) anchor: Anchor,
}

/// A sheet to draw on; the first failure is kept and returned at the end.
pub(crate) struct Canvas<'sheet> {
    sheet: DrawingArea<SVGBackend<'sheet>, Shift>,
    theme: Theme,
    failure: Option<String>,
}

/// Draws a picture of a size in pixels and returns it as SVG.
pub(crate) fn draw(
    size: (f64, f64),
    look: &svg::Look,
    paint: impl FnOnce(&mut Canvas<'_>),
) -> Result<String, ChartError> {
    let mut raw = String::new();
    let failure = {
        let units = (whole_units(size.0), whole_units(size.1));
        let sheet = SVGBackend::with_string(&mut raw, units).into_drawing_area();
        let mut canvas = Canvas {
            sheet,
            theme: look.theme,
            failure: None,
        };
        paint(&mut canvas);
        let presented = canvas.sheet.present().map_err(|error| error.to_string());
        canvas.failure.or_else(|| presented.err())
    };
    match failure {
        Some(cause) => Err(ChartError::Drawing { cause }),
        None => Ok(svg::finish(&raw, size, look)),
    }
}

impl Canvas<'_> {
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), ink: Ink, width: f64) {
        self.polyline(&[from, to], ink, width, 1.0);
    }

    pub(crate) fn polyline(&mut self, points: &[(f64, f64)], ink: Ink, width: f64, opacity: f64) {
        let style = self.shape(ink, width, opacity, false);
        let drawn = self.sheet.draw(&PathElement::new(in_units(points), style));
        self.keep(drawn);
    }

    /// A line of dashes about five times as long as it is wide.
    pub(crate) fn dashed(&mut self, points: &[(f64, f64)], ink: Ink, width: f64) {
        let (dash, period) = (width * 5.0, width * 9.0);
        let mut travelled: f64 = 0.0;
        for pair in points.windows(2) {
            let ((x, y), (next_x, next_y)) = (pair[0], pair[1]);
            let length = (next_x - x).hypot(next_y - y);
            let at = |distance: f64| {
                let part = (distance / length).clamp(0.0, 1.0);
                (x + part * (next_x - x), y + part * (next_y - y))
            };
            let mut start = (travelled / period).floor() * period;
            while length > 0.0 && start < travelled + length {
                let (from, to) = (start - travelled, start + dash - travelled);
                if to > 0.0 {
                    self.line(at(from), at(to), ink, width);
                }
                start += period;
            }
            travelled += length;
        }
    }

    pub(crate) fn polygon(&mut self, points: &[(f64, f64)], ink: Ink, opacity: f64) {
        let colour = ink.colour(self.theme, opacity);
        let drawn = self
            .sheet
            .draw(&Polygon::new(in_units(points), colour.filled()));
        self.keep(drawn);
    }

    pub(crate) fn fill(&mut self, area: Area, ink: Ink, opacity: f64) {
        let corners = [
            unit_point((area.left, area.top)),
            unit_point((area.right, area.bottom)),
        ];
        let colour = ink.colour(self.theme, opacity);
        let drawn = self.sheet.draw(&Rectangle::new(corners, colour.filled()));
        self.keep(drawn);
    }

    pub(crate) fn disc(&mut self, centre: (f64, f64), radius: f64, ink: Ink) {
        let style = self.shape(ink, 0.0, 1.0, true);
        let drawn = self
            .sheet
            .draw(&Circle::new(unit_point(centre), units(radius), style));
        self.keep(drawn);
    }

    /// Diagonal lines within an area.
    pub(crate) fn hatch(&mut self, area: Area, spacing: f64, width: f64) {
        let mut offset = spacing - area.height();
        while offset < area.width() {
            let start = offset.max(0.0);
            let end = (offset + area.height()).min(area.width());
            let from = (area.left + start, area.bottom - (start - offset));
            let to = (area.left + end, area.bottom - (end - offset));
            self.line(from, to, Ink::Hatch, width);
            offset += spacing;
        }
    }

    /// Text whose baseline starts, is centred or ends at a point.
    pub(crate) fn text(&mut self, text: &str, at: (f64, f64), lettering: Lettering) {
        let anchor = match lettering.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let size = lettering.size * UNITS_PER_PIXEL * PLOTTERS_FONT_DIVISOR;
        let colour = lettering.ink.colour(self.theme, 1.0);
        let weight = match lettering.weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        let style = TextStyle::from((FONT_FAMILY, size, weight))
            .color(&colour)
            .pos(Pos::new(anchor, VPos::Bottom));
        let text = printable(text);
        let drawn = self.sheet.draw(&Text::new(text, unit_point(at), style));
        self.keep(drawn);
    }

    fn shape(&self, ink: Ink, width: f64, opacity: f64, filled: bool) -> ShapeStyle {
        let color: RGBAColor = ink.colour(self.theme, opacity);
        ShapeStyle {
            color,
            filled,
            stroke_width: whole_units(width),
        }
    }

    fn keep<E: ToString>(&mut self, drawn: Result<(), E>) {
        if let Err(error) = drawn
            && self.failure.is_none()
        {
            self.failure = Some(error.to_string());
        }
    }
}

/// Control characters are not allowed in XML, in whatever form they are written.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| match letter {
            '\t' | '\n' | '\r' => ' ',
            control if control.is_control() || matches!(control, '\u{FFFE}' | '\u{FFFF}') => {
                '\u{FFFD}'
            }
            other => other,
        })
        .collect()
}

fn in_units(points: &[(f64, f64)]) -> Vec<(i32, i32)> {
    points.iter().copied().map(unit_point).collect()
}

fn unit_point(point: (f64, f64)) -> (i32, i32) {
    (units(point.0), units(point.1))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float saturates, and a chart is far smaller than i32"
)]
fn units(pixels: f64) -> i32 {
    (pixels * UNITS_PER_PIXEL).round() as i32
}

fn whole_units(pixels: f64) -> u32 {
    u32::try_from(units(pixels)).unwrap_or(0)
}

//! Places on a slide of 1920 by 1080 pixels.

/// The left margin, 6 %.
pub(crate) const LEFT: f64 = 115.0;
/// The width between the margins.
pub(crate) const WIDTH: f64 = 1920.0 - 2.0 * LEFT;
/// The upper margin.
pub(crate) const TOP: f64 = 65.0;
/// Where the content ends.
pub(crate) const CONTENT_END: f64 = 930.0;
/// The small print; the speaker's own logo stands to its right.
pub(crate) const FOOTER: Place = Place::new(LEFT, 945.0, 0.8 * WIDTH, 70.0);

/// English metric units in a pixel: 12,192,000 are the 1920 pixels of a slide.
const UNITS_PER_PIXEL: f64 = 6350.0;

/// A rectangle in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Place {
    pub(crate) const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self {
            x,
            y,
            width,
            height,
        }
    }

    /// Between the margins, from `top` to the end of the content.
    pub(crate) const fn below(top: f64) -> Self {
        Self::new(LEFT, top, WIDTH, CONTENT_END - top)
    }

    /// The place as an element of the namespace `prefix`.
    pub(crate) fn transform(self, prefix: &str) -> String {
        format!(
            "<{prefix}:xfrm><a:off x=\"{}\" y=\"{}\"/><a:ext cx=\"{}\" cy=\"{}\"/></{prefix}:xfrm>",
            units(self.x),
            units(self.y),
            units(self.width),
            units(self.height)
        )
    }
}

/// Pixels in English metric units.
pub(crate) fn units(pixels: f64) -> String {
    format!("{:.0}", pixels * UNITS_PER_PIXEL)
}

//! SVG to PNG with the bundled font: the same pixels on a machine without fonts.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

const REGULAR: &[u8] = include_bytes!("../../../report-templates/fonts/Inter-Regular.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../../../report-templates/fonts/Inter-SemiBold.otf");
/// Pictures larger than this on a side are a mistake.
const MOST_PIXELS: u32 = 16_384;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(SEMI_BOLD.to_vec());
    for set_family in [
        fontdb::Database::set_sans_serif_family,
        fontdb::Database::set_serif_family,
        fontdb::Database::set_monospace_family,
    ] {
        set_family(&mut fonts, "Inter");
    }
    Arc::new(fonts)
});

/// A picture that could not be made.
#[derive(Debug, Error)]
pub enum PngError {
    /// The SVG is not one.
    #[error("could not read the SVG")]
    Svg {
        /// What is wrong with it.
        #[source]
        source: Box<resvg::usvg::Error>,
    },
    /// The picture would be empty or enormous.
    #[error(
        "a picture of {width} by {height} pixels cannot be made (at most {MOST_PIXELS} on a side)"
    )]
    Size {
        /// The width asked for.
        width: u32,
        /// The height asked for.
        height: u32,
    },
    /// The pixels could not be written as PNG.
    #[error("could not encode the PNG: {cause}")]
    Encoding {
        /// What the encoder said.
        cause: String,
    },
}

/// Draws an SVG as PNG, `scale` times its own size.
pub fn svg_to_png(svg: &str, scale: f32) -> Result<Vec<u8>, PngError> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Inter".to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|source| PngError::Svg {
        source: Box::new(source),
    })?;
    let size = tree.size();
    let (width, height) = (pixels(size.width() * scale), pixels(size.height() * scale));
    let mut pixmap = Some((width, height))
        .filter(|(width, height)| *width.max(height) <= MOST_PIXELS)
        .and_then(|(width, height)| Pixmap::new(width, height))
        .ok_or(PngError::Size { width, height })?;
    resvg::render(
        &tree,
        Transform::from_scale(scale, scale),
        &mut pixmap.as_mut(),
    );
    encoded(pixmap).map_err(|error| PngError::Encoding {
        cause: error.to_string(),
    })
}

/// Writes pixels without a filter: charts are flat areas, which filters make larger (by a fifth here) and which cost as much time as drawing.
fn encoded(pixmap: Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let (width, height) = (pixmap.width(), pixmap.height());
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixmap.take_demultiplied())?;
    writer.finish()?;
    Ok(file)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast from a float saturates, and the result is checked against the limit"
)]
fn pixels(length: f32) -> u32 {
    length.round() as u32
}

//! A slide: a title, shapes, small print and what the speaker reads.

use super::place::{FOOTER, LEFT, Place, TOP, WIDTH};
use super::shape::{Placeholder, Shape};
use super::text::{LINE, Paragraph, Run, fitted_title};

/// Sizes of a title, the largest that fits first.
const TITLE_SIZES: [f64; 3] = [54.0, 48.0, 40.0];
/// The small print.
const SMALL: f64 = 18.0;
/// Between the title and what is below it.
const TITLE_GAP: f64 = 26.0;

/// How a slide is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// The first slide.
    Title,
    /// A title and a picture or table.
    Finding,
    /// A title and text.
    Text,
}

impl Layout {
    /// The number of its part.
    pub(crate) const fn number(self) -> usize {
        match self {
            Self::Title => 1,
            Self::Finding => 2,
            Self::Text => 3,
        }
    }
}

/// A slide.
#[derive(Debug, Clone)]
pub(crate) struct Slide {
    pub(crate) layout: Layout,
    pub(crate) shapes: Vec<Shape>,
    /// What the speaker reads, in paragraphs.
    pub(crate) notes: Vec<String>,
}

/// A slide with a title, and the room below it.
pub(crate) fn titled(layout: Layout, title: &str, notes: Vec<String>) -> (Slide, Place) {
    let (run, lines) = fitted_title(title, WIDTH, &TITLE_SIZES);
    // Whole pixels: a picture with half a pixel has a pale edge.
    let height = (TITLE_SIZES[0] * LINE * lines as f64).ceil();
    let place = Place::new(LEFT, TOP, WIDTH, height);
    let title = Shape::text(Placeholder::Title, place, vec![Paragraph::of(run)]);
    let slide = Slide {
        layout,
        shapes: vec![title],
        notes,
    };
    (slide, Place::below(TOP + height + TITLE_GAP))
}

impl Slide {
    /// The same with small print.
    pub(crate) fn with_small_print(mut self, text: &str) -> Self {
        let paragraph = Paragraph::of(Run::new(text, SMALL));
        self.shapes
            .push(Shape::text(Placeholder::Footer, FOOTER, vec![paragraph]));
        self
    }

    /// Its picture.
    pub(crate) fn picture(&self) -> Option<&[u8]> {
        self.shapes.iter().find_map(|shape| match shape {
            Shape::Picture { png, .. } => Some(png.as_slice()),
            Shape::Text { .. } | Shape::Table { .. } => None,
        })
    }

    /// The slide as XML.
    pub(crate) fn xml(&self) -> String {
        let shapes: String = self
            .shapes
            .iter()
            .enumerate()
            .map(|(index, shape)| shape.xml(index + 2))
            .collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <p:sld xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
             xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" \
             xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\"><p:cSld><p:spTree>\
             <p:nvGrpSpPr><p:cNvPr id=\"1\" name=\"\"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}\
             </p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"
        )
    }
}

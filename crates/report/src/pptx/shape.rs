//! Shapes on a slide.

use super::place::Place;
use super::text::{Paragraph, paragraphs, xml};

/// A place that the layout knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placeholder {
    /// The title of the deck.
    DeckTitle,
    /// What stands below the title of the deck.
    Subtitle,
    /// The title of a slide.
    Title,
    /// Text.
    Body,
    /// The small print.
    Footer,
}

impl Placeholder {
    /// The element that names it.
    pub(crate) const fn element(self) -> &'static str {
        match self {
            Self::DeckTitle => "<p:ph type=\"ctrTitle\"/>",
            Self::Subtitle => "<p:ph type=\"subTitle\" idx=\"1\"/>",
            Self::Title => "<p:ph type=\"title\"/>",
            Self::Body => "<p:ph type=\"body\" idx=\"1\"/>",
            Self::Footer => "<p:ph type=\"ftr\" sz=\"quarter\" idx=\"3\"/>",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DeckTitle | Self::Title => "Title",
            Self::Subtitle => "Subtitle",
            Self::Body => "Text",
            Self::Footer => "Small print",
        }
    }
}

/// Something on a slide.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// Text in a place that the layout knows.
    Text {
        placeholder: Placeholder,
        place: Place,
        paragraphs: Vec<Paragraph>,
    },
    /// A picture; a slide has at most one.
    Picture {
        place: Place,
        name: String,
        description: String,
        png: Vec<u8>,
    },
    /// A table; `grid` is an `a:tbl` element.
    Table {
        place: Place,
        description: String,
        grid: String,
    },
}

/// The relationship of a slide to its picture.
pub(crate) const PICTURE_RELATIONSHIP: &str = "rId3";

impl Shape {
    /// Text in a placeholder.
    pub(crate) const fn text(
        placeholder: Placeholder,
        place: Place,
        paragraphs: Vec<Paragraph>,
    ) -> Self {
        Self::Text {
            placeholder,
            place,
            paragraphs,
        }
    }

    /// The shape as XML; `id` is its number on the slide.
    pub(crate) fn xml(&self, id: usize) -> String {
        match self {
            Self::Text {
                placeholder,
                place,
                paragraphs,
            } => text(*placeholder, id, *place, paragraphs),
            Self::Picture {
                place,
                name,
                description,
                ..
            } => picture(id, *place, name, description),
            Self::Table {
                place,
                description,
                grid,
            } => table(id, *place, description, grid),
        }
    }
}

fn text(placeholder: Placeholder, id: usize, place: Place, content: &[Paragraph]) -> String {
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{}\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr>{}</p:nvPr></p:nvSpPr><p:spPr>{}</p:spPr>\
         <p:txBody><a:bodyPr><a:normAutofit/></a:bodyPr><a:lstStyle/>{}</p:txBody></p:sp>",
        placeholder.name(),
        placeholder.element(),
        place.transform("a"),
        paragraphs(content)
    )
}

fn picture(id: usize, place: Place, name: &str, description: &str) -> String {
    format!(
        "<p:pic><p:nvPicPr><p:cNvPr id=\"{id}\" name=\"{}\" descr=\"{}\"/>\
         <p:cNvPicPr><a:picLocks noChangeAspect=\"1\"/></p:cNvPicPr><p:nvPr/></p:nvPicPr>\
         <p:blipFill><a:blip r:embed=\"{PICTURE_RELATIONSHIP}\"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>\
         <p:spPr>{}<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></p:spPr></p:pic>",
        xml(name),
        xml(description),
        place.transform("a")
    )
}

fn table(id: usize, place: Place, description: &str, grid: &str) -> String {
    format!(
        "<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id=\"{id}\" name=\"Table\" descr=\"{}\"/>\
         <p:cNvGraphicFramePr><a:graphicFrameLocks noGrp=\"1\"/></p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>\
         {}<a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/table\">{grid}\
         </a:graphicData></a:graphic></p:graphicFrame>",
        xml(description),
        place.transform("p")
    )
}

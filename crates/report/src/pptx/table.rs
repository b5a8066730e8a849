//! A table on a slide.

use std::fmt::Write as _;

use super::place::units;
use super::text::{Paragraph, paragraphs};

/// A cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    paragraphs: Vec<Paragraph>,
}

impl Cell {
    pub(super) const fn new(paragraphs: Vec<Paragraph>) -> Self {
        Self { paragraphs }
    }

    fn write(&self, output: &mut String) {
        let _ = write!(
            output,
            "<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{}</a:txBody>\
             <a:tcPr marL=\"50800\" marR=\"50800\" marT=\"31750\" marB=\"31750\" anchor=\"t\">\
             <a:lnL w=\"0\"><a:noFill/></a:lnL><a:lnR w=\"0\"><a:noFill/></a:lnR><a:lnT w=\"0\"><a:noFill/></a:lnT>\
             <a:lnB w=\"9525\"><a:solidFill><a:schemeClr val=\"bg2\"/></a:solidFill></a:lnB><a:noFill/></a:tcPr></a:tc>",
            paragraphs(&self.paragraphs)
        );
    }
}

/// A table whose first row is its head.
#[derive(Debug)]
pub(super) struct Table {
    columns: String,
    rows: String,
}

impl Table {
    /// An empty table with a first and further columns of these widths.
    pub(super) fn new(first: f64, further: &[f64]) -> Self {
        let columns: Vec<String> = std::iter::once(&first)
            .chain(further)
            .map(|width| format!("<a:gridCol w=\"{}\"/>", units(*width)))
            .collect();
        Self {
            columns: columns.concat(),
            rows: String::new(),
        }
    }

    /// Adds a row at least as high as `height`.
    pub(super) fn push(&mut self, height: f64, cells: Vec<Cell>) {
        let _ = write!(self.rows, "<a:tr h=\"{}\">", units(height));
        for cell in cells {
            cell.write(&mut self.rows);
        }
        self.rows.push_str("</a:tr>");
    }

    pub(super) fn xml(&self) -> String {
        format!(
            "<a:tbl><a:tblPr firstRow=\"1\"/><a:tblGrid>{}</a:tblGrid>{}</a:tbl>",
            self.columns, self.rows
        )
    }
}

//! Text on slides.

use std::fmt::Write as _;

use crate::charts::{Ink, Theme, Weight, escape, fit, wrap};
use crate::model::ColourSlot;
use crate::text_safety::on_one_line;

/// The height of a line in parts of the size of its letters.
pub(crate) const LINE: f64 = 1.2;

/// Escapes text from outside for XML, without the characters that XML does not allow.
pub(crate) fn xml(text: &str) -> String {
    escape(&on_one_line(text))
}

/// The colour of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shade {
    /// What the place has.
    Inherited,
    /// Small print, and what is invalid.
    Muted,
    /// That of a phase, as hexadecimal digits.
    Fixed(String),
}

/// Letters of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    text: String,
    size: f64,
    is_bold: bool,
    shade: Shade,
}

impl Run {
    /// Text in letters of `size` pixels.
    pub(crate) fn new(text: impl Into<String>, size: f64) -> Self {
        Self {
            text: text.into(),
            size,
            is_bold: false,
            shade: Shade::Inherited,
        }
    }

    pub(crate) fn bold(self) -> Self {
        Self {
            is_bold: true,
            ..self
        }
    }

    pub(crate) fn muted(self) -> Self {
        self.muted_if(true)
    }

    pub(crate) fn muted_if(self, is_muted: bool) -> Self {
        if !is_muted {
            return self;
        }
        Self {
            shade: Shade::Muted,
            ..self
        }
    }

    /// The same in the colour of a phase.
    pub(crate) fn in_phase(self, slot: ColourSlot, theme: Theme) -> Self {
        Self {
            shade: Shade::Fixed(hex(Ink::Phase(slot), theme)),
            ..self
        }
    }

    fn write(&self, output: &mut String) {
        let size = points(self.size);
        let bold = u8::from(self.is_bold);
        let _ = write!(
            output,
            "<a:r><a:rPr lang=\"en-GB\" sz=\"{size}\" b=\"{bold}\" dirty=\"0\">"
        );
        match &self.shade {
            Shade::Inherited => {}
            Shade::Muted => {
                output.push_str("<a:solidFill><a:schemeClr val=\"tx2\"/></a:solidFill>");
            }
            Shade::Fixed(colour) => {
                let _ = write!(
                    output,
                    "<a:solidFill><a:srgbClr val=\"{colour}\"/></a:solidFill>"
                );
            }
        }
        let _ = write!(output, "</a:rPr><a:t>{}</a:t></a:r>", xml(&self.text));
    }
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Paragraph {
    runs: Vec<Run>,
    gap: f64,
    is_right: bool,
}

impl Paragraph {
    /// A paragraph with a gap of `gap` pixels below it.
    pub(crate) const fn new(runs: Vec<Run>, gap: f64) -> Self {
        Self {
            runs,
            gap,
            is_right: false,
        }
    }

    /// A paragraph of one run.
    pub(crate) fn of(run: Run) -> Self {
        Self::new(vec![run], 0.0)
    }

    /// The same aligned right.
    pub(crate) fn right(self) -> Self {
        Self {
            is_right: true,
            ..self
        }
    }

    /// The height that it takes in a width, gap included. Reckoned with the letters of the charts, which are wider
    /// than those of the slide, so that text fits.
    pub(crate) fn height(&self, width: f64) -> f64 {
        let text: Vec<&str> = self.runs.iter().map(|run| run.text.as_str()).collect();
        let size = self.runs.iter().map(|run| run.size).fold(0.0, f64::max);
        let lines = wrap(&text.join(""), size, Weight::Regular, width);
        size * LINE * lines.len().max(1) as f64 + self.gap
    }

    pub(crate) fn xml(&self) -> String {
        let alignment = if self.is_right { "r" } else { "l" };
        let gap = points(self.gap);
        let mut output = format!(
            "<a:p><a:pPr marL=\"0\" indent=\"0\" algn=\"{alignment}\"><a:spcBef><a:spcPts val=\"0\"/></a:spcBef>\
             <a:spcAft><a:spcPts val=\"{gap}\"/></a:spcAft><a:buNone/></a:pPr>"
        );
        for run in &self.runs {
            run.write(&mut output);
        }
        output.push_str("</a:p>");
        output
    }
}

/// Several paragraphs.
pub(crate) fn paragraphs(all: &[Paragraph]) -> String {
    all.iter().map(Paragraph::xml).collect()
}

/// The paragraphs on as many pages as they need.
pub(crate) fn pages(all: Vec<Paragraph>, width: f64, height: f64) -> Vec<Vec<Paragraph>> {
    let mut pages: Vec<Vec<Paragraph>> = Vec::new();
    let mut left = 0.0;
    for paragraph in all {
        let needed = paragraph.height(width);
        match pages.last_mut() {
            Some(page) if needed - paragraph.gap <= left => page.push(paragraph),
            _ => {
                pages.push(vec![paragraph]);
                left = height;
            }
        }
        left -= needed;
    }
    pages
}

/// A title in the largest letters in which it takes two lines; a longer one is cut.
pub(crate) fn fitted_title(text: &str, width: f64, sizes: &[f64]) -> (Run, usize) {
    let text = on_one_line(text);
    let mut size = 0.0;
    for candidate in sizes {
        size = *candidate;
        let lines = wrap(&text, size, Weight::Bold, width).len();
        if lines <= 2 {
            return (Run::new(text, size).bold(), lines.max(1));
        }
    }
    (
        Run::new(fit(&text, size, Weight::Bold, 1.8 * width), size).bold(),
        2,
    )
}

/// Pixels as hundredths of a point.
fn points(pixels: f64) -> String {
    format!("{:.0}", pixels * 50.0)
}

/// A colour as hexadecimal digits.
pub(crate) fn hex(ink: Ink, theme: Theme) -> String {
    let colour = ink.colour(theme, 1.0);
    format!("{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_does_not_allow_is_replaced() {
        assert_eq!(
            xml("a<b>&\"\u{0}\u{fffe}\u{202e}\nc"),
            "a&lt;b&gt;&amp;&quot;\u{fffd}\u{fffd}\u{fffd} c"
        );
    }

    #[test]
    fn text_goes_on_as_many_pages_as_it_needs() {
        let paragraph = Paragraph::new(vec![Run::new("one line", 10.0)], 8.0);
        let height = paragraph.height(1000.0);
        assert!((height - 20.0).abs() < 1e-9);
        let all = vec![paragraph; 7];
        let counts: Vec<usize> = pages(all, 1000.0, 52.0).iter().map(Vec::len).collect();
        assert_eq!(counts, [3, 3, 1]);
        // What is too long for any page has one of its own.
        let long = Paragraph::of(Run::new("word ".repeat(500), 30.0));
        assert_eq!(pages(vec![long.clone(), long], 300.0, 100.0).len(), 2);
    }

    #[test]
    fn a_long_title_is_smaller_and_at_last_cut() {
        let sizes = [54.0, 40.0];
        assert_eq!(
            fitted_title("short", 1690.0, &sizes).0.size.to_string(),
            "54"
        );
        let (run, lines) = fitted_title(&"many words ".repeat(100), 1690.0, &sizes);
        assert_eq!((run.size.to_string().as_str(), lines), ("40", 2));
        assert!(run.text.len() < 200, "{}", run.text);
    }
}

//! What happens to plotters' SVG before it leaves: header, theme variables, size.

use std::fmt::Write as _;

use super::canvas::UNITS_PER_PIXEL;
use super::palette::{self, Theme};

/// How a picture is to look as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    /// The colours drawn with; adaptive pictures are drawn light.
    pub(crate) theme: Theme,
    /// Whether colours are CSS variables of the page.
    pub(crate) adaptive: bool,
    /// What the picture shows, for those who do not see it.
    pub(crate) description: String,
    /// Its title.
    pub(crate) title: String,
}

/// Makes the final SVG from what plotters wrote.
pub(crate) fn finish(raw: &str, size: (f64, f64), look: &Look) -> String {
    // Plotters writes one element a line; text stands escaped on a line of its own and so never starts with `<`.
    let body = raw.split_once('\n').map_or("", |(_, body)| body);
    let mut output = header(size, look);
    let mut rectangles = Rectangles::default();
    let mut lines = body.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(rectangle) = Rectangle::parse(line) {
            rectangles.push(&rectangle, &mut output);
            continue;
        }
        rectangles.flush(&mut output);
        if line.starts_with("<text") {
            let text = lines.next().unwrap_or_default();
            lines.next();
            output.push_str(&tidy(line));
            output.push_str(text);
            output.push_str("</text>\n");
        } else {
            output.push_str(&tidy(line));
            output.push('\n');
        }
    }
    rectangles.flush(&mut output);
    if look.adaptive {
        with_variables(&output)
    } else {
        output
    }
}

fn header(size: (f64, f64), look: &Look) -> String {
    let (width, height) = size;
    let (units_wide, units_high) = (width * UNITS_PER_PIXEL, height * UNITS_PER_PIXEL);
    let title = escape(&look.title);
    let description = escape(&look.description);
    let dimensions = format!(
        "width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {units_wide:.0} {units_high:.0}\""
    );
    if look.adaptive {
        // The namespace is implied within HTML, and the page must name no address.
        format!("<svg {dimensions} role=\"img\" aria-label=\"{title} {description}\">\n")
    } else {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {dimensions} role=\"img\" aria-label=\"{title}\">\n\
             <title>{title}</title>\n<desc>{description}</desc>\n"
        )
    }
}

/// Drops what is the default anyway, and plotters' idea of where a baseline is.
fn tidy(line: &str) -> String {
    let line = line.replace(" opacity=\"1\"", "");
    // Where only the area or only the outline is painted, its own opacity looks the same, and needs no layer of its own to be drawn.
    let opacity = if line.contains(" fill=\"none\"") {
        " stroke-opacity=\""
    } else if line.contains(" fill=\"") && !line.contains(" stroke=\"#") {
        " fill-opacity=\""
    } else {
        " opacity=\""
    };
    line.replace(" opacity=\"", opacity)
        .replace(" dy=\"-0.5ex\"", "")
        .replace(" stroke=\"none\"", "")
        .replace(" text-anchor=\"start\"", "")
        .replace("font-weight=\"bold\"", "font-weight=\"600\"")
        .replace(" \"/>", "\"/>")
}

fn with_variables(text: &str) -> String {
    palette::variable_references().fold(text.to_owned(), |text, (colour, reference)| {
        text.replace(&colour, &reference)
    })
}

/// Escapes text for element content and attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            control if control.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A filled rectangle without outline, as plotters writes it.
struct Rectangle<'a> {
    x: &'a str,
    y: &'a str,
    width: &'a str,
    height: &'a str,
    style: (&'a str, &'a str),
}

impl<'a> Rectangle<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let attributes = line.strip_prefix("<rect ")?;
        let read = |name: &str| {
            let start = attributes.find(&format!("{name}=\""))? + name.len() + 2;
            let length = attributes[start..].find('"')?;
            Some(&attributes[start..start + length])
        };
        Some(Self {
            x: read("x")?,
            y: read("y")?,
            width: read("width")?,
            height: read("height")?,
            style: (read("fill")?, read("opacity")?),
        })
    }
}

/// Neighbouring rectangles of one style become one path: a heat map has thousands.
#[derive(Default)]
struct Rectangles {
    style: Option<(String, String)>,
    path: String,
}

impl Rectangles {
    fn push(&mut self, rectangle: &Rectangle<'_>, output: &mut String) {
        let same = self
            .style
            .as_ref()
            .is_some_and(|(fill, opacity)| (fill.as_str(), opacity.as_str()) == rectangle.style);
        if !same {
            self.flush(output);
            self.style = Some((rectangle.style.0.to_owned(), rectangle.style.1.to_owned()));
        }
        let Rectangle {
            x,
            y,
            width,
            height,
            ..
        } = rectangle;
        let _ = write!(self.path, "M{x} {y}h{width}v{height}h-{width}z");
    }

    fn flush(&mut self, output: &mut String) {
        if let Some((fill, opacity)) = self.style.take() {
            let line = format!(
                "<path fill=\"{fill}\" opacity=\"{opacity}\" d=\"{}\"/>",
                self.path
            );
            output.push_str(&tidy(&line));
            output.push('\n');
            self.path.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look() -> Look {
        Look {
            theme: Theme::Light,
            adaptive: false,
            description: "a < b".to_owned(),
            title: "\"t\"".to_owned(),
        }
    }

    #[test]
    fn rectangles_of_one_style_share_a_path() {
        let rectangle = |x: u32, opacity: &str| {
            format!(
                "<rect x=\"{x}\" y=\"2\" width=\"3\" height=\"4\" opacity=\"{opacity}\" fill=\"#FFFFFF\" stroke=\"none\"/>"
            )
        };
        let raw = format!(
            "<svg>\n{}\n{}\n{}\n</svg>\n",
            rectangle(1, "1"),
            rectangle(9, "1"),
            rectangle(5, "0.5")
        );
        let svg = finish(&raw, (10.0, 10.0), &look());
        assert!(svg.contains("d=\"M1 2h3v4h-3zM9 2h3v4h-3z\""));
        assert!(svg.contains(" fill-opacity=\"0.5\" d=\"M5 2h3v4h-3z\""));
    }

    #[test]
    fn what_is_painted_once_needs_no_layer() {
        let opacity = |shape: &str| tidy(&format!("<{shape}/>"));
        for (shape, expected) in [
            (
                "polygon opacity=\"0.2\" fill=\"#FFFFFF\"",
                " fill-opacity=\"0.2\"",
            ),
            (
                "polyline fill=\"none\" opacity=\"0.2\" stroke=\"#FFFFFF\"",
                " stroke-opacity=\"0.2\"",
            ),
            (
                "circle opacity=\"0.2\" fill=\"#FFFFFF\" stroke=\"#000000\"",
                " opacity=\"0.2\"",
            ),
        ] {
            assert!(opacity(shape).contains(expected), "{shape}");
        }
    }

    #[test]
    fn titles_are_escaped() {
        let svg = finish("<svg>\n</svg>\n", (10.0, 10.0), &look());
        assert!(svg.contains("<title>&quot;t&quot;</title>"));
        assert!(svg.contains("<desc>a &lt; b</desc>"));
    }
}

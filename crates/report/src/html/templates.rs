//! The templates: embedded, each replaceable by a file of the same name in a folder.

use std::path::{Path, PathBuf};

use tera::{ErrorKind, Tera};

use crate::error::{ReportError, TemplateError};

/// The template of the page.
pub(super) const PAGE: &str = "report.html";

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../report-templates/", $name)))),*]
    };
}

/// Name and content of the templates in the program.
const EMBEDDED: [(&str, &str); 16] = embedded![
    "report.html",
    "comparison.html",
    "style.css",
    "font-face.css",
    "parts/figure.html",
    "parts/phase.html",
    "parts/table.html",
    "sections/answer.html",
    "sections/overheads.html",
    "sections/latency.html",
    "sections/time.html",
    "sections/cost.html",
    "sections/quality.html",
    "sections/proofs.html",
    "sections/environment.html",
    "sections/method.html",
];

/// Where templates come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TemplateSource {
    /// From the program.
    #[default]
    Embedded,
    /// From a folder; a template that is not there comes from the program.
    Folder(PathBuf),
}

impl TemplateSource {
    /// The names of the templates that a folder may replace.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.iter().map(|(name, _)| *name)
    }

    /// The content of an embedded template.
    pub fn embedded(name: &str) -> Option<&'static str> {
        EMBEDDED
            .iter()
            .find(|(embedded, _)| *embedded == name)
            .map(|(_, content)| *content)
    }
}

/// Loads the templates.
pub(super) fn engine(source: &TemplateSource) -> Result<Tera, ReportError> {
    let mut templates = Vec::with_capacity(EMBEDDED.len());
    for (name, content) in EMBEDDED {
        let replaced = match source {
            TemplateSource::Embedded => None,
            TemplateSource::Folder(folder) => read(folder, name)?,
        };
        templates.push((name, replaced.unwrap_or_else(|| content.to_owned())));
    }
    let mut engine = Tera::new();
    engine.autoescape_on([".html"]);
    engine
        .add_raw_templates(templates)
        .map_err(|error| template_error(source, &error))?;
    Ok(engine)
}

fn read(folder: &Path, name: &str) -> Result<Option<String>, ReportError> {
    let path = folder.join(name);
    match fs_err::read_to_string(&path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder.is_dir() => Ok(None),
        Err(source) => Err(ReportError::ReadTemplate { path, source }),
    }
}

/// Says which file, which line and why.
pub(super) fn template_error(source: &TemplateSource, error: &tera::Error) -> ReportError {
    let (name, line, cause) = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => (
            report.filename().to_owned(),
            Some(report.span().start_line),
            report.message().to_owned(),
        ),
        _ => (PAGE.to_owned(), None, error.to_string()),
    };
    let file = match source {
        TemplateSource::Folder(folder) if folder.join(&name).is_file() => folder.join(&name),
        _ => PathBuf::from(format!("(embedded) {name}")),
    };
    ReportError::Template(Box::new(TemplateError {
        file,
        line,
        cause,
        excerpt: error.to_string(),
    }))
}

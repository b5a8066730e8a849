//! The parts of a deck and how they hang together, packed as ZIP. The same deck gives the same bytes.

use std::fmt::Write as _;
use std::io::{Cursor, Result, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::slide::{Layout, Slide};
use super::text::xml;
use super::{master, notes};
use crate::charts::Theme;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const LAYOUTS: [Layout; 3] = [Layout::Title, Layout::Finding, Layout::Text];
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument";

/// A part of the package.
struct Part {
    name: String,
    /// None for relationships and pictures, whose type goes by the ending.
    content_type: Option<String>,
    bytes: Vec<u8>,
}

/// What a file manager shows of a deck.
pub(crate) struct Properties<'a> {
    pub(crate) title: &'a str,
    pub(crate) subject: String,
    pub(crate) tool_version: &'a str,
    /// The time of what was measured, so that the same data give the same file.
    pub(crate) time: chrono::DateTime<chrono::Utc>,
}

/// Packs the slides.
pub(crate) fn pack(properties: &Properties<'_>, theme: Theme, slides: &[Slide]) -> Result<Vec<u8>> {
    let mut parts = Parts::default();
    parts.document(properties, slides.len());
    parts.look(theme);
    for (index, slide) in slides.iter().enumerate() {
        parts.slide(index + 1, slide);
    }
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    write(
        &mut archive,
        "[Content_Types].xml",
        parts.types().as_bytes(),
    )?;
    for part in &parts.0 {
        write(&mut archive, &part.name, &part.bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn write(archive: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, bytes: &[u8]) -> Result<()> {
    // A picture is compressed already.
    let method = if name.ends_with("png") {
        CompressionMethod::Stored
    } else {
        CompressionMethod::Deflated
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default());
    archive.start_file(name, options)?;
    archive.write_all(bytes)
}

/// A relationship: its type within office documents, and what it leads to.
type Relationship<'a> = (&'a str, String);

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn push(&mut self, name: &str, content_type: &str, text: impl Into<String>) {
        self.0.push(Part {
            name: name.to_owned(),
            content_type: Some(format!("{CONTENT}.{content_type}+xml")),
            bytes: text.into().into_bytes(),
        });
    }

    /// The relationships of the part `folder/file`, numbered from `rId1`.
    fn relate(&mut self, folder: &str, file: &str, relationships: &[Relationship<'_>]) {
        let mut text = format!("{HEAD}<Relationships xmlns=\"{PACKAGE}/relationships\">");
        for (index, (kind, target)) in relationships.iter().enumerate() {
            let kind = if kind.contains(':') {
                (*kind).to_owned()
            } else {
                format!("{OFFICE}/{kind}")
            };
            let _ = write!(
                text,
                "<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>",
                index + 1
            );
        }
        text.push_str("</Relationships>");
        self.0.push(Part {
            name: format!("{folder}_rels/{file}.rels"),
            content_type: None,
            bytes: text.into_bytes(),
        });
    }

    /// What a program opens first.
    fn document(&mut self, properties: &Properties<'_>, slides: usize) {
        let core = format!("{PACKAGE}/relationships/metadata/core-properties");
        self.relate(
            "",
            "",
            &[
                ("officeDocument", "ppt/presentation.xml".to_owned()),
                (&core, "docProps/core.xml".to_owned()),
                ("extended-properties", "docProps/app.xml".to_owned()),
            ],
        );
        self.0.push(Part {
            name: "docProps/core.xml".to_owned(),
            content_type: Some(
                "application/vnd.openxmlformats-package.core-properties+xml".to_owned(),
            ),
            bytes: core_properties(properties).into_bytes(),
        });
        self.push(
            "docProps/app.xml",
            "extended-properties",
            format!(
                "{HEAD}<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\">\
                 <Application>meshdelta</Application><Slides>{slides}</Slides></Properties>"
            ),
        );
        self.push(
            "ppt/presentation.xml",
            "presentationml.presentation.main",
            presentation(slides),
        );
        let mut relationships = vec![
            ("slideMaster", "slideMasters/slideMaster1.xml".to_owned()),
            ("notesMaster", "notesMasters/notesMaster1.xml".to_owned()),
            ("theme", "theme/theme1.xml".to_owned()),
        ];
        relationships
            .extend((1..=slides).map(|number| ("slide", format!("slides/slide{number}.xml"))));
        self.relate("ppt/", "presentation.xml", &relationships);
    }

    /// Theme, masters and layouts.
    fn look(&mut self, theme: Theme) {
        self.push("ppt/theme/theme1.xml", "theme", master::theme(theme));
        self.push("ppt/theme/theme2.xml", "theme", master::theme(Theme::Light));
        self.push(
            "ppt/slideMasters/slideMaster1.xml",
            "presentationml.slideMaster",
            master::master(theme),
        );
        let mut relationships: Vec<Relationship<'_>> = LAYOUTS
            .iter()
            .map(|layout| ("slideLayout", layout_path(*layout)))
            .collect();
        relationships.push(("theme", "../theme/theme1.xml".to_owned()));
        self.relate("ppt/slideMasters/", "slideMaster1.xml", &relationships);
        for layout in LAYOUTS {
            let file = format!("slideLayout{}.xml", layout.number());
            self.push(
                &format!("ppt/slideLayouts/{file}"),
                "presentationml.slideLayout",
                master::layout(layout),
            );
            let master = "../slideMasters/slideMaster1.xml".to_owned();
            self.relate("ppt/slideLayouts/", &file, &[("slideMaster", master)]);
        }
        self.push(
            "ppt/notesMasters/notesMaster1.xml",
            "presentationml.notesMaster",
            master::NOTES_MASTER,
        );
        let theme = "../theme/theme2.xml".to_owned();
        self.relate("ppt/notesMasters/", "notesMaster1.xml", &[("theme", theme)]);
    }

    /// A slide with its notes and its picture.
    fn slide(&mut self, number: usize, slide: &Slide) {
        let file = format!("slide{number}.xml");
        self.push(
            &format!("ppt/slides/{file}"),
            "presentationml.slide",
            slide.xml(),
        );
        let notes = format!("notesSlide{number}.xml");
        let mut relationships = vec![
            ("slideLayout", layout_path(slide.layout)),
            ("notesSlide", format!("../notesSlides/{notes}")),
        ];
        if let Some(png) = slide.picture() {
            // The third relationship, which the shape names.
            relationships.push(("image", format!("../media/image{number}.png")));
            self.0.push(Part {
                name: format!("ppt/media/image{number}.png"),
                content_type: None,
                bytes: png.to_vec(),
            });
        }
        self.relate("ppt/slides/", &file, &relationships);
        self.push(
            &format!("ppt/notesSlides/{notes}"),
            "presentationml.notesSlide",
            notes::part(&slide.notes),
        );
        let master = "../notesMasters/notesMaster1.xml".to_owned();
        self.relate(
            "ppt/notesSlides/",
            &notes,
            &[
                ("notesMaster", master),
                ("slide", format!("../slides/{file}")),
            ],
        );
    }

    /// The type of each part.
    fn types(&self) -> String {
        let mut text = format!(
            "{HEAD}<Types xmlns=\"{PACKAGE}/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Default Extension=\"png\" ContentType=\"image/png\"/>"
        );
        for part in &self.0 {
            if let Some(content_type) = &part.content_type {
                let _ = write!(
                    text,
                    "<Override PartName=\"/{}\" ContentType=\"{content_type}\"/>",
                    part.name
                );
            }
        }
        text.push_str("</Types>");
        text
    }
}

fn layout_path(layout: Layout) -> String {
    format!("../slideLayouts/slideLayout{}.xml", layout.number())
}

fn presentation(slides: usize) -> String {
    let ids: Vec<String> = (1..=slides)
        .map(|number| {
            format!(
                "<p:sldId id=\"{}\" r:id=\"rId{}\"/>",
                255 + number,
                3 + number
            )
        })
        .collect();
    format!(
        "{HEAD}<p:presentation xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" \
         xmlns:r=\"{OFFICE}\" xmlns:p=\"http://schemas.openxmlformats.org/presentationml/2006/main\">\
         <p:sldMasterIdLst><p:sldMasterId id=\"2147483648\" r:id=\"rId1\"/></p:sldMasterIdLst>\
         <p:notesMasterIdLst><p:notesMasterId r:id=\"rId2\"/></p:notesMasterIdLst>\
         <p:sldIdLst>{}</p:sldIdLst><p:sldSz cx=\"12192000\" cy=\"6858000\"/>\
         <p:notesSz cx=\"6858000\" cy=\"9144000\"/></p:presentation>",
        ids.concat()
    )
}

/// Title and origin.
fn core_properties(properties: &Properties<'_>) -> String {
    let time = properties.time.format("%Y-%m-%dT%H:%M:%SZ");
    format!(
        "{HEAD}<cp:coreProperties xmlns:cp=\"{PACKAGE}/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <dc:title>{}</dc:title><dc:subject>{}</dc:subject><dc:creator>meshdelta {}</dc:creator>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{time}</dcterms:created>\
         <dcterms:modified xsi:type=\"dcterms:W3CDTF\">{time}</dcterms:modified></cp:coreProperties>",
        xml(properties.title),
        xml(&properties.subject),
        xml(properties.tool_version)
    )
}

//! Theme, master and layouts: what a speaker changes to make the deck look like their own.

use super::place::{FOOTER, LEFT, Place, TOP, WIDTH};
use super::shape::Placeholder;
use super::slide::Layout;
use super::text::hex;
use crate::charts::{Ink, Theme};
use crate::model::ColourSlot;

const THEME: &str = include_str!("parts/theme.xml");
const MASTER: &str = include_str!("parts/master.xml");
const LAYOUT: &str = include_str!("parts/layout.xml");
/// The master of the notes.
pub(super) const NOTES_MASTER: &str = include_str!("parts/notes_master.xml");

const TITLE: Place = Place::new(LEFT, TOP, WIDTH, 130.0);
const BODY: Place = Place::below(220.0);
const DECK_TITLE: Place = Place::new(LEFT, 280.0, WIDTH, 220.0);
const SUBTITLE: Place = Place::below(530.0);

/// The colours, as those of the page and its charts.
pub(super) fn theme(theme: Theme) -> String {
    let (dark, light, dark2, light2) = match theme {
        Theme::Light => (Ink::Text, Ink::Background, Ink::Muted, Ink::Grid),
        Theme::Dark => (Ink::Background, Ink::Text, Ink::Grid, Ink::Muted),
    };
    let accents = [
        ColourSlot::BASELINE,
        ColourSlot::SIDECAR,
        ColourSlot::SIDECAR_L7,
        ColourSlot::AMBIENT,
        ColourSlot::AMBIENT_L7,
    ];
    let mut part = THEME.to_owned();
    let inks = [
        ("{dark}", dark),
        ("{light}", light),
        ("{dark2}", dark2),
        ("{light2}", light2),
    ];
    for (name, ink) in inks {
        part = part.replace(name, &hex(ink, theme));
    }
    for (index, slot) in accents.into_iter().enumerate() {
        part = part.replace(
            &format!("{{accent{}}}", index + 1),
            &hex(Ink::Phase(slot), theme),
        );
    }
    part.replace("{accent6}", &hex(Ink::Hatch, theme))
}

/// The master of the slides.
pub(super) fn master(theme: Theme) -> String {
    let colour_map = match theme {
        Theme::Light => "bg1=\"lt1\" tx1=\"dk1\" bg2=\"lt2\" tx2=\"dk2\"",
        Theme::Dark => "bg1=\"dk1\" tx1=\"lt1\" bg2=\"dk2\" tx2=\"lt2\"",
    };
    MASTER
        .replace("{title_place}", &TITLE.transform("a"))
        .replace("{body_place}", &BODY.transform("a"))
        .replace("{footer_place}", &FOOTER.transform("a"))
        .replace("{colour_map}", colour_map)
}

/// A layout.
pub(super) fn layout(layout: Layout) -> String {
    let footer = (Placeholder::Footer, FOOTER);
    let title = (Placeholder::Title, TITLE);
    let (kind, name, places) = match layout {
        Layout::Title => (
            "title",
            "Title slide",
            vec![
                (Placeholder::DeckTitle, DECK_TITLE),
                (Placeholder::Subtitle, SUBTITLE),
                footer,
            ],
        ),
        Layout::Finding => ("titleOnly", "Finding", vec![title, footer]),
        Layout::Text => (
            "obj",
            "Text",
            vec![title, (Placeholder::Body, BODY), footer],
        ),
    };
    let placeholders: String = places
        .into_iter()
        .enumerate()
        .map(|(index, (placeholder, place))| placeholder_xml(index + 2, placeholder, place))
        .collect();
    LAYOUT
        .replace("{type}", kind)
        .replace("{name}", name)
        .replace("{placeholders}", &placeholders)
}

fn placeholder_xml(id: usize, placeholder: Placeholder, place: Place) -> String {
    let anchor = if placeholder == Placeholder::DeckTitle {
        " anchor=\"b\""
    } else {
        ""
    };
    format!(
        "<p:sp><p:nvSpPr><p:cNvPr id=\"{id}\" name=\"{}\"/><p:cNvSpPr><a:spLocks noGrp=\"1\"/></p:cNvSpPr>\
         <p:nvPr>{}</p:nvPr></p:nvSpPr><p:spPr>{}</p:spPr>\
         <p:txBody><a:bodyPr{anchor}/><a:lstStyle/><a:p><a:r><a:rPr lang=\"en-GB\"/><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>",
        placeholder.name(),
        placeholder.element(),
        place.transform("a"),
        placeholder.name()
    )
}

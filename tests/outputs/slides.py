"""Reads decks back with python-pptx: what a speaker needs is on each slide, and in its notes.

    slides.py DECK...
"""

import sys
from pathlib import Path

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

WIDTH, HEIGHT = 12_192_000, 6_858_000
# What the notes say last, and the titles of text slides, by the kind of deck.
REPORT = ("The same report:", ["The answer", "How it was measured", "What to keep in mind"])
COMPARISON = ("The same comparison:", [*REPORT[1], "In what the runs differ"])
# Room for the speaker's own logo, in pixels of 1920 by 1080: left, top.
LOGO = (1490 * 6350, 945 * 6350)


def complaints_about_slide(slide, origin):
    """What is missing on a slide, in words."""
    title = slide.shapes.title
    if title is None or not title.text_frame.text.strip():
        yield "it has no title"
    notes = slide.notes_slide.notes_text_frame.text if slide.has_notes_slide else ""
    for part in ["Intervals:", "Run ", origin]:
        if part not in notes:
            yield f"the notes lack {part!r}"
    for shape in slide.shapes:
        right, bottom = shape.left + shape.width, shape.top + shape.height
        if shape.left < 0 or shape.top < 0 or right > WIDTH or bottom > HEIGHT:
            yield f"{shape.name} leaves the slide"
        if right > LOGO[0] and bottom > LOGO[1]:
            yield f"{shape.name} leaves no room for a logo"
        if shape.shape_type == MSO_SHAPE_TYPE.PICTURE:
            yield from complaints_about_picture(shape, notes)


def complaints_about_picture(picture, notes):
    """What is wrong with a chart."""
    description = picture._element.nvPicPr.cNvPr.get("descr", "")
    if len(description) < 20:
        yield "the chart has no alternative text"
    wide, high = picture.image.size
    if wide < 2 * picture.width // 6350 - 2:
        yield f"the chart has {wide} pixels only"
    if abs(wide / high - picture.width / picture.height) > 0.01:
        yield "the chart is distorted"
    for part in ["What it shows:", "How to read it:", "How it was measured:"]:
        if part not in notes:
            yield f"the notes lack {part!r}"


def complaints_about_deck(deck):
    """What is wrong with a deck, in words."""
    if (deck.slide_width, deck.slide_height) != (WIDTH, HEIGHT):
        yield f"a slide is {deck.slide_width} by {deck.slide_height}"
    if not deck.core_properties.title:
        yield "it has no title"
    slides = list(deck.slides)
    is_comparison = (deck.core_properties.subject or "").startswith("Comparison")
    origin, wanted = COMPARISON if is_comparison else REPORT
    for number, slide in enumerate(slides, start=1):
        for complaint in complaints_about_slide(slide, origin):
            yield f"slide {number}: {complaint}"
    titles = [slide.shapes.title.text_frame.text for slide in slides if slide.shapes.title is not None]
    for title in wanted:
        if not any(text.startswith(title) for text in titles):
            yield f"no slide is called {title!r}"
    tables = [shape.table for slide in slides for shape in slide.shapes if shape.has_table]
    if len(tables) != 1 or len(tables[0].columns) != (5 if is_comparison else 6) or len(tables[0].rows) < 2:
        yield "the table of verdicts is not as it should be"
    if sum(shape.shape_type == MSO_SHAPE_TYPE.PICTURE for slide in slides for shape in slide.shapes) < 5:
        yield "there are few charts"


def main(files):
    """Checks each deck, and returns the exit code."""
    if not files:
        raise SystemExit(__doc__)
    failed = False
    for file in files:
        deck = Presentation(file)
        complaints = list(complaints_about_deck(deck))
        print(f"{Path(file).name}: {len(deck.slides)} slides, {'as they should be' if not complaints else ''}")
        for complaint in complaints:
            print(f"  {complaint}")
        failed = failed or bool(complaints)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

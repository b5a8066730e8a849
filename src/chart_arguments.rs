//! What charts are made for, and which: the same flags wherever charts are written.

use std::path::Path;

use anyhow::anyhow;
use clap::{Args, ValueEnum};
use meshdelta_report::{ChartOptions, Preset, ReportError, Theme, svg_to_png, write_file};
use rayon::prelude::*;

use crate::commands::status;
use crate::error::CommandError;
use crate::exit_code;

/// The look and the choice of charts.
#[derive(Debug, Args)]
pub(crate) struct ChartArguments {
    /// What the charts are for [default: slide]
    #[arg(long, value_enum)]
    preset: Option<PresetName>,
    /// Width and height of the charts in pixels, for example 1280x720 [default: that of the preset]
    #[arg(long, value_parser = parse_size)]
    size: Option<(u32, u32)>,
    /// Pixels of a PNG for each pixel of its chart, from 0.1 to 8 [default: 1]
    #[arg(long, value_parser = parse_scale)]
    scale: Option<f32>,
    /// Leave out the background of the charts
    #[arg(long)]
    transparent: bool,
    /// Write only these charts, by the names of their files [default: all]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    charts: Vec<String>,
    /// Write charts as these kinds of pictures [default: svg,png]
    #[arg(long, value_enum, value_name = "KIND,...", value_delimiter = ',')]
    pictures: Vec<Picture>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PresetName {
    Slide,
    SlideDark,
    Doc,
    Square,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Picture {
    Svg,
    Png,
}

impl ChartArguments {
    /// How charts are drawn.
    pub(crate) const fn options(&self) -> ChartOptions {
        ChartOptions {
            preset: match self.preset {
                None | Some(PresetName::Slide) => Preset::Slide,
                Some(PresetName::SlideDark) => Preset::SlideDark,
                Some(PresetName::Doc) => Preset::Doc,
                Some(PresetName::Square) => Preset::Square,
            },
            size: self.size,
            transparent: self.transparent,
        }
    }

    /// The theme of slides.
    pub(crate) const fn theme(&self) -> Theme {
        match self.preset {
            Some(PresetName::SlideDark) => Theme::Dark,
            None | Some(PresetName::Slide | PresetName::Doc | PresetName::Square) => Theme::Light,
        }
    }

    /// Refuses flags that say how charts look where none are written, because a flag without effect is a mistake.
    pub(crate) fn refuse_without_files(&self) -> Result<(), CommandError> {
        let given = [
            ("preset", self.preset.is_some()),
            ("size", self.size.is_some()),
            ("scale", self.scale.is_some()),
            ("transparent", self.transparent),
            ("charts", !self.charts.is_empty()),
            ("pictures", !self.pictures.is_empty()),
        ];
        match given.iter().find(|(_, is_given)| *is_given) {
            None => Ok(()),
            Some((flag, _)) => Err(CommandError::new(
                exit_code::USAGE,
                anyhow!("--{flag} is about charts, and no charts are written"),
            )
            .hinted("name a folder for them with --output FOLDER")),
        }
    }

    /// The charts to write, of all that there are; a name that none has is a mistake, and so is a scale for no picture.
    pub(crate) fn chosen<Kind: Copy>(
        &self,
        all: &[Kind],
        name: impl Fn(Kind) -> &'static str,
    ) -> Result<Vec<Kind>, CommandError> {
        let is_without_png = !self.pictures.is_empty() && !self.pictures.contains(&Picture::Png);
        if self.scale.is_some() && is_without_png {
            return Err(CommandError::new(
                exit_code::USAGE,
                anyhow!("--scale is about PNG, and --pictures leaves it out"),
            ));
        }
        if self.charts.is_empty() {
            return Ok(all.to_vec());
        }
        let of_name = |wanted: &String| {
            let found = all.iter().copied().find(|kind| name(*kind) == wanted);
            found.ok_or_else(|| {
                let names: Vec<&str> = all.iter().map(|kind| name(*kind)).collect();
                CommandError::new(exit_code::USAGE, anyhow!("no chart is called `{wanted}`"))
                    .hinted(format!("the charts are: {}", names.join(", ")))
            })
        };
        self.charts.iter().map(of_name).collect()
    }

    /// The chosen charts that there are data for; those that were named and cannot be drawn are told.
    pub(crate) fn available<Kind: Copy>(
        &self,
        chosen: &[Kind],
        name: impl Fn(Kind) -> &'static str,
        is_available: impl Fn(Kind) -> bool,
    ) -> Vec<Kind> {
        let (drawn, missing): (Vec<Kind>, Vec<Kind>) =
            chosen.iter().partition(|kind| is_available(**kind));
        if !self.charts.is_empty() {
            for kind in missing {
                status(&format!(
                    "left out: chart {}: there is nothing to draw in it",
                    name(kind)
                ));
            }
        }
        drawn
    }

    /// Draws charts and writes each as the wanted kinds of pictures, one chart a processor: a PNG costs far more than all else in a report.
    pub(crate) fn write_all<Kind: Copy + Sync, E: Into<anyhow::Error>>(
        &self,
        folder: &Path,
        kinds: &[Kind],
        name: impl Fn(Kind) -> &'static str + Sync,
        draw: impl Fn(Kind) -> Result<String, E> + Sync,
    ) -> anyhow::Result<()> {
        kinds.par_iter().try_for_each(|kind| {
            let svg = draw(*kind).map_err(Into::into)?;
            Ok(self.write(folder, name(*kind), &svg)?)
        })
    }

    /// Writes a chart as the wanted kinds of pictures.
    pub(crate) fn write(&self, folder: &Path, name: &str, svg: &str) -> Result<(), ReportError> {
        let path = |ending: &str| folder.join(format!("{name}.{ending}"));
        let wants = |kind| self.pictures.is_empty() || self.pictures.contains(&kind);
        if wants(Picture::Svg) {
            write_file(&path("svg"), svg.as_bytes())?;
        }
        if wants(Picture::Png) {
            write_file(&path("png"), &svg_to_png(svg, self.scale.unwrap_or(1.0))?)?;
        }
        Ok(())
    }
}

/// Refuses templates where no page is made of them.
pub(crate) fn refuse_unused_templates(templates: Option<&Path>) -> Result<(), CommandError> {
    match templates {
        None => Ok(()),
        Some(_) => Err(CommandError::new(
            exit_code::USAGE,
            anyhow!("--templates is about the page, and no page is written"),
        )
        .hinted("name a folder for it with --output FOLDER, or print it with --format html")),
    }
}

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let parts = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match parts {
        Some((width, height))
            if (200..=8000).contains(&width) && (200..=8000).contains(&height) =>
        {
            Ok((width, height))
        }
        _ => Err("expected WIDTHxHEIGHT, each from 200 to 8000".to_owned()),
    }
}

fn parse_scale(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(scale) if (0.1..=8.0).contains(&scale) => Ok(scale),
        _ => Err("expected a number from 0.1 to 8".to_owned()),
    }
}

//! The files of a comparison: a page, charts, slides.

use std::path::Path;

use anyhow::{Context, anyhow};
use fs_err as fs;
use meshdelta_report::comparison::{
    ComparisonChart, ComparisonModel, render_comparison_chart, render_comparison_html,
    render_comparison_pptx,
};
use meshdelta_report::{TemplateSource, write_file};

use super::{CompareArguments, Format};
use crate::chart_arguments::{ChartArguments, refuse_unused_templates};
use crate::commands::status;
use crate::error::CommandError;
use crate::exit_code;

/// What is to be written, and where.
pub(super) struct Files<'a> {
    folder: &'a Path,
    arguments: &'a ChartArguments,
    charts: Vec<ComparisonChart>,
    with_slides: bool,
}

impl<'a> Files<'a> {
    /// What the command line asks for; checked before anything is analysed.
    pub(super) fn of(arguments: &'a CompareArguments) -> Result<Option<Self>, CommandError> {
        let charts = &arguments.charts;
        let chosen = charts.chosen(&ComparisonChart::ALL, ComparisonChart::name)?;
        let with_slides = arguments.format == Some(Format::Pptx);
        match &arguments.output {
            Some(folder) => Ok(Some(Self {
                folder,
                arguments: charts,
                charts: chosen,
                with_slides,
            })),
            None if with_slides => Err(CommandError::new(
                exit_code::USAGE,
                anyhow!("--format pptx writes a file, and there is no folder for it"),
            )
            .hinted("name one with --output FOLDER")),
            None => {
                charts.refuse_without_files()?;
                if arguments.format != Some(Format::Html) {
                    refuse_unused_templates(arguments.templates.as_deref())?;
                }
                Ok(None)
            }
        }
    }

    /// Writes them; the page first, so that nothing is written when a template is broken.
    pub(super) fn write(
        &self,
        model: &ComparisonModel,
        templates: &TemplateSource,
    ) -> anyhow::Result<()> {
        let page = render_comparison_html(model, templates)?;
        let charts = self.folder.join("charts");
        fs::create_dir_all(&charts).context("the folder for the charts cannot be made")?;
        let path = self.folder.join("comparison.html");
        write_file(&path, page.as_bytes())?;
        let options = self.arguments.options();
        let available = self
            .arguments
            .available(&self.charts, ComparisonChart::name, |chart| {
                chart.is_available(model)
            });
        self.arguments
            .write_all(&charts, &available, ComparisonChart::name, |chart| {
                render_comparison_chart(model, chart, &options)
            })?;
        status(&format!("wrote {}", path.display()));
        if self.with_slides {
            let path = self.folder.join("slides.pptx");
            write_file(
                &path,
                &render_comparison_pptx(model, self.arguments.theme())?,
            )?;
            status(&format!("wrote {}", path.display()));
        }
        Ok(())
    }
}

//! Charts as SVG, drawn with plotters from the report model.
//!
//! One file a chart; `layout` has presets and the frame, `canvas` the drawing, `svg` what happens to the result.

pub(crate) mod axis;
pub(crate) mod canvas;
mod cost;
pub(crate) mod distribution;
pub(crate) mod forest;
mod heat_map;
mod layout;
pub(crate) mod line_labels;
pub(crate) mod marker;
pub(crate) mod palette;
mod reading;
mod resources;
mod rounds;
pub(crate) mod scale;
pub(crate) mod shift;
mod small_print;
mod spectrum;
mod svg;
pub(crate) mod text_width;

use thiserror::Error;

pub use layout::{ChartOptions, Preset};
pub use palette::Theme;

pub(crate) use canvas::Weight;
pub(crate) use layout::{Scene, Surface};
pub(crate) use marker::character as marker_character;
pub(crate) use palette::{Ink, css_declarations};
pub(crate) use small_print::{interval_note, small_print};
pub(crate) use svg::escape;
pub(crate) use text_width::{fit, wrap};

use self::canvas::{Area, Canvas};
use self::layout::Frame;
use crate::model::ReportModel;
use crate::numbers::Numbers;

/// A chart that could not be drawn.
#[derive(Debug, Error)]
pub enum ChartError {
    /// The drawing library failed.
    #[error("could not draw the chart: {cause}")]
    Drawing {
        /// What it said.
        cause: String,
    },
}

/// The charts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChartKind {
    /// Overheads at p50 and p99 with intervals.
    Overheads,
    /// Overheads at all statistics.
    AllOverheads,
    /// Latency against the quantile.
    Spectrum,
    /// Distributions, one above the other.
    Distribution,
    /// Overhead against the quantile.
    Shift,
    /// The paired difference of each round.
    Rounds,
    /// Latency over time.
    HeatMap,
    /// CPU and memory by role.
    Resources,
    /// Cost against latency.
    Cost,
}

/// The parts of a chart of a model.
pub(crate) struct Chart<Model = ReportModel> {
    pub(crate) height: fn(&Scene<'_, Model>, f64) -> f64,
    pub(crate) paint: fn(&Scene<'_, Model>, &mut Canvas<'_>, Area),
    pub(crate) title: fn(&Model) -> String,
    pub(crate) description: fn(&Scene<'_, Model>) -> String,
}

impl ChartKind {
    /// All charts, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Overheads,
        Self::AllOverheads,
        Self::Spectrum,
        Self::Distribution,
        Self::Shift,
        Self::Rounds,
        Self::HeatMap,
        Self::Resources,
        Self::Cost,
    ];

    /// The name in file names and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overheads => "overheads",
            Self::AllOverheads => "all-overheads",
            Self::Spectrum => "spectrum",
            Self::Distribution => "distribution",
            Self::Shift => "shift",
            Self::Rounds => "rounds",
            Self::HeatMap => "heat-map",
            Self::Resources => "resources",
            Self::Cost => "cost",
        }
    }

    /// The chart with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether the model has what the chart shows.
    pub fn is_available(self, model: &ReportModel) -> bool {
        match self {
            Self::Overheads | Self::AllOverheads => model
                .overheads
                .iter()
                .any(|overhead| overhead.point().is_some()),
            Self::Spectrum => model
                .spectra
                .iter()
                .any(|spectrum| spectrum.points.len() > 1),
            Self::Distribution => model
                .densities
                .iter()
                .any(|density| !density.buckets.is_empty()),
            Self::Shift => model.shifts.iter().any(|shift| shift.points.len() > 1),
            Self::Rounds => rounds::is_available(model),
            Self::HeatMap => !model.heat_map.slots.is_empty(),
            Self::Resources => model
                .resources
                .iter()
                .any(|resources| !resources.roles.is_empty()),
            Self::Cost => cost::is_available(model),
        }
    }

    /// The finding that it shows, or its plain name.
    pub(crate) fn title(self, model: &ReportModel) -> String {
        (self.chart().title)(model)
    }

    const fn chart(self) -> Chart {
        match self {
            Self::Overheads => forest::PRIMARY,
            Self::AllOverheads => forest::ALL,
            Self::Spectrum => spectrum::CHART,
            Self::Distribution => distribution::CHART,
            Self::Shift => shift::CHART,
            Self::Rounds => rounds::CHART,
            Self::HeatMap => heat_map::CHART,
            Self::Resources => resources::CHART,
            Self::Cost => cost::CHART,
        }
    }
}

/// Draws a chart as SVG.
pub fn render_chart(
    model: &ReportModel,
    kind: ChartKind,
    options: &ChartOptions,
) -> Result<String, ChartError> {
    render_on(model, kind, Surface::for_options(options))
}

/// Draws a chart on a surface.
pub(crate) fn render_on(
    model: &ReportModel,
    kind: ChartKind,
    surface: Surface,
) -> Result<String, ChartError> {
    Ok(draw_on(model, kind, surface)?.svg)
}

/// A chart and its words.
pub(crate) struct DrawnChart {
    /// The picture.
    pub(crate) svg: String,
    /// What it shows, for those who do not see it.
    pub(crate) description: String,
}

/// Draws a chart on a surface, and says what it shows.
pub(crate) fn draw_on(
    model: &ReportModel,
    kind: ChartKind,
    surface: Surface,
) -> Result<DrawnChart, ChartError> {
    let subject = Subject {
        model,
        numbers: Numbers::new(model),
        small_print: &small_print(model),
    };
    subject.draw(&kind.chart(), surface)
}

/// What charts are drawn of.
pub(crate) struct Subject<'a, Model> {
    pub(crate) model: &'a Model,
    pub(crate) numbers: Numbers,
    /// What makes a chart checkable.
    pub(crate) small_print: &'a str,
}

impl<'a, Model> Subject<'a, Model> {
    /// Draws a chart on a surface, and says what it shows.
    pub(crate) fn draw(
        &self,
        chart: &Chart<Model>,
        surface: Surface,
    ) -> Result<DrawnChart, ChartError> {
        let title = (chart.title)(self.model);
        let frame = Frame::new(surface, &title, self.small_print);
        let scene = self.fitted_scene(chart, &frame, &surface);
        let height = surface.height.unwrap_or_else(|| {
            let content = (chart.height)(&scene, surface.content_width());
            frame.height_around(content).ceil()
        });
        let look = svg::Look {
            theme: surface.theme,
            adaptive: surface.is_in_page,
            description: (chart.description)(&scene),
            title,
        };
        let svg = canvas::draw((surface.width, height), &look, |canvas| {
            frame.paint(canvas, height);
            (chart.paint)(&scene, canvas, frame.content(height));
        })?;
        Ok(DrawnChart {
            svg,
            description: look.description,
        })
    }

    /// The scene of a surface; on a sheet too low for the chart with smaller letters.
    fn fitted_scene(
        &self,
        chart: &Chart<Model>,
        frame: &Frame,
        surface: &Surface,
    ) -> Scene<'a, Model> {
        let mut scene = Scene {
            model: self.model,
            numbers: self.numbers,
            style: surface.style,
            is_in_page: surface.is_in_page,
            has_fixed_height: surface.height.is_some(),
        };
        let Some(height) = surface.height else {
            return scene;
        };
        let room = frame.content(height).height();
        let mut fits = |factor: f64| {
            scene.style = surface.style.scaled(factor);
            (chart.height)(&scene, surface.content_width()) <= room * 1.001
        };
        if fits(1.0) {
            return scene;
        }
        // Heights jump where words move beside or below each other, so the largest letters that fit are searched for.
        let (mut least, mut most) = (LEAST_FACTOR, 1.0);
        for _ in 0..FITTING_STEPS {
            let middle = f64::midpoint(least, most);
            if fits(middle) {
                least = middle;
            } else {
                most = middle;
            }
        }
        scene.style = surface.style.scaled(least);
        scene
    }
}

/// The smallest that letters are made to fit a sheet.
const LEAST_FACTOR: f64 = 0.4;

/// Halvings of the range of factors: the letters are within half a percent of the largest that fit.
const FITTING_STEPS: u32 = 7;

//! Periods that cost more, or less, than those before them (AN-10 to AN-18).

use std::fmt;

use super::calendar::Every;
use super::exact::{Exact, mean, median};
use super::series::{CostError, Place, Series};
use crate::decimal::Decimal;
use crate::limits::{BASELINE_PERIODS, COST_PERCENT};
use crate::time::Period;

/// Which earlier periods one is compared with (AN-10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// Those right before it.
    Trailing,
    /// The same day of the weeks before it; of days alone.
    SameWeekday,
    /// The same month of the years before it; of months alone.
    SameMonth,
}

/// What makes a period stand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Its modified z-score is more than a factor (AN-12).
    Robust {
        /// The factor: 3.5.
        factor: Decimal,
        /// Percent of the median that it must differ by where all earlier values are the same (AN-13).
        percent: u32,
    },
    /// It differs from the mean by more than so many percent of the mean (AN-14).
    Percent {
        /// Whole percents.
        percent: u32,
    },
}

/// One rule by which periods are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Which earlier periods are looked at.
    pub compared: Compared,
    /// How many of them, at most.
    pub periods: u16,
    /// How many of them must have a value, at least 1.
    pub least: u16,
    /// When one stands out.
    pub test: Test,
    /// The smallest difference that counts, in the currency of the series; 0 or more.
    pub minimum: Decimal,
    /// Whether a period that cost less is an alert too.
    pub drops: bool,
}

/// How far the earlier values lie apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spread {
    /// The median of their distances from the median.
    Mad(Exact),
    /// That is 0: the mean of these distances.
    MeanDeviation(Exact),
    /// That is 0 too.
    Constant,
    /// The rule does not ask.
    NotAsked,
}

/// A period that stands out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// By which rule.
    pub rule: Rule,
    /// The period's number.
    pub number: u64,
    /// The period.
    pub period: Period,
    /// What it amounts to.
    pub value: Exact,
    /// The median or mean of the earlier values.
    pub expected: Exact,
    /// How far these lie apart.
    pub spread: Spread,
    /// How many there are.
    pub compared: usize,
    /// The entries and rows of the period, ascending; none for a gap that is 0.
    pub places: Vec<Place>,
}

/// What a rule says of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    Normal,
    /// Too few earlier periods have a value: so many.
    TooShort(usize),
    /// It stands out.
    Alert(Box<Alert>),
}

/// One rule's word on one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The rule's place among the rules.
    pub rule: usize,
    /// The period's number.
    pub number: u64,
    /// What it says.
    pub verdict: Verdict,
}

/// A series, judged by rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The series.
    pub series: Series,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Each period that has a value, by each rule: in the order of time, then of the rules.
    pub judged: Vec<Judged>,
}

impl Rule {
    /// The rule of AN-12 with what AN-16 states for such periods.
    pub fn robust(every: Every, compared: Compared) -> Self {
        let (periods, least) = match (every, compared) {
            (_, Compared::SameWeekday) => (8, 4),
            (_, Compared::SameMonth) => (5, 3),
            (Every::Day, _) => (28, 14),
            (Every::Week | Every::Month, _) => (12, 6),
            (Every::Quarter, _) => (8, 4),
            (Every::Year, _) => (5, 3),
        };
        let factor = Decimal::new(35, 1).unwrap_or(Decimal::ZERO);
        let test = Test::Robust { factor, percent: 50 };
        Self { compared, periods, least, test, minimum: Decimal::ZERO, drops: false }
    }

    /// The rule of AN-14 with what AN-16 states for such periods.
    pub fn percent(every: Every, compared: Compared) -> Self {
        Self { test: Test::Percent { percent: 50 }, ..Self::robust(every, compared) }
    }

    /// AN-11 and AN-15.
    fn check(&self, every: Every) -> Result<(), CostError> {
        let fits = match self.compared {
            Compared::Trailing => true,
            Compared::SameWeekday => every == Every::Day,
            Compared::SameMonth => every == Every::Month,
        };
        if !fits {
            let why = "days are compared with the same weekday alone, months with the same month";
            return Err(CostError::Parameter(why));
        }
        if usize::from(self.periods) > BASELINE_PERIODS {
            return Err(CostError::Parameter("a period is compared with too many earlier ones"));
        }
        if self.least == 0 || self.least > self.periods {
            return Err(CostError::Parameter("at least one earlier period, and at most all"));
        }
        let (factor, percent) = match self.test {
            Test::Robust { factor, percent } => (factor, percent),
            Test::Percent { percent } => (Decimal::ZERO, percent),
        };
        if factor.is_negative() || self.minimum.is_negative() || percent > COST_PERCENT {
            return Err(CostError::Parameter("a factor, a minimum and a percentage are 0 or more"));
        }
        Ok(())
    }

    /// The numbers of the periods that one is compared with, the last one first.
    pub fn window(&self, number: u64) -> impl Iterator<Item = u64> + use<> {
        let step = match self.compared {
            Compared::Trailing => 1,
            Compared::SameWeekday => 7,
            Compared::SameMonth => 12,
        };
        (1..=u64::from(self.periods)).map_while(move |back| number.checked_sub(back * step))
    }

    fn judge(&self, series: &Series, number: u64, period: Period, value: Exact) -> Verdict {
        let earlier = self.window(number).filter_map(|number| series.value(number));
        let earlier: Vec<_> = earlier.collect();
        let enough = earlier.len() >= usize::from(self.least);
        let judged = if enough { self.apart(&earlier, &value) } else { None };
        let Some((expected, spread, apart)) = judged else {
            return Verdict::TooShort(earlier.len());
        };
        let difference = &value - &expected;
        let counts = difference.is_positive() || self.drops;
        if !apart || !counts || difference.magnitude() < self.minimum.into() {
            return Verdict::Normal;
        }
        Verdict::Alert(Box::new(Alert {
            rule: *self,
            number,
            period,
            value,
            expected,
            spread,
            compared: earlier.len(),
            places: series.places(number),
        }))
    }

    /// What is expected, how far the earlier values lie apart, and whether this one is farther.
    fn apart(&self, earlier: &[Exact], value: &Exact) -> Option<(Exact, Spread, bool)> {
        let (factor, percent) = match self.test {
            Test::Robust { factor, percent } => (Exact::from(factor), percent),
            Test::Percent { percent } => {
                let expected = mean(earlier)?;
                let apart = past_percent(value, &expected, percent);
                return Some((expected, Spread::NotAsked, apart));
            }
        };
        let expected = median(earlier.to_vec())?;
        let distance = |value: &Exact| (value - &expected).magnitude();
        let distances: Vec<_> = earlier.iter().map(distance).collect();
        let own = distance(value);
        let deviation = mean(&distances)?;
        let mad = median(distances)?;
        if !mad.is_zero() {
            let apart = &own * &Exact::from(Z_OF_MAD) > &(&factor * &mad) * &Exact::from(10_000);
            return Some((expected, Spread::Mad(mad), apart));
        }
        if !deviation.is_zero() {
            let wanted = &(&factor * &deviation) * &Exact::from(MEAN_DEVIATION);
            let apart = &own * &Exact::from(1_000_000) > wanted;
            return Some((expected, Spread::MeanDeviation(deviation), apart));
        }
        let apart = past_percent(value, &expected, percent);
        Some((expected, Spread::Constant, apart))
    }
}

/// 0.6745, times 10,000 (AN-12).
const Z_OF_MAD: u64 = 6_745;
/// 1.253314, times 1,000,000 (AN-13).
const MEAN_DEVIATION: u64 = 1_253_314;

/// Whether a value differs by more than so many percent of what is expected; from 0, whether it differs.
fn past_percent(value: &Exact, expected: &Exact, percent: u32) -> bool {
    let difference = (value - expected).magnitude();
    &difference * &Exact::from(100) > &expected.magnitude() * &Exact::from(u64::from(percent))
}

impl Evaluation {
    /// Judges each period of a series that has a value by each rule.
    ///
    /// # Errors
    /// [`CostError::Parameter`].
    pub fn of(series: Series, rules: &[Rule]) -> Result<Self, CostError> {
        rules.iter().try_for_each(|rule| rule.check(series.cut().every))?;
        let judged = series.values().flat_map(|(number, period, value)| {
            let by = rules.iter().enumerate();
            let by = by.map(|(rule, with)| {
                let verdict = with.judge(&series, number, period, value.clone());
                Judged { rule, number, verdict }
            });
            by.collect::<Vec<_>>()
        });
        let judged = judged.collect();
        Ok(Self { series, rules: rules.to_vec(), judged })
    }

    /// The periods that stand out.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.judged.iter().filter_map(|judged| match &judged.verdict {
            Verdict::Alert(alert) => Some(&**alert),
            _ => None,
        })
    }

    /// How many times a rule had too few earlier periods to say anything.
    pub fn too_short(&self) -> usize {
        let short = |judged: &&Judged| matches!(judged.verdict, Verdict::TooShort(_));
        self.judged.iter().filter(short).count()
    }
}

impl Alert {
    /// Whether the period cost more than expected; else it cost less.
    pub fn rises(&self) -> bool {
        self.value > self.expected
    }
}

impl fmt::Display for Rule {
    /// The rule with all its parameters, as an alert names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (periods, least) = (self.periods, self.least);
        match self.test {
            Test::Robust { factor, percent } => {
                write!(f, "more than {factor} deviations (constant: {percent} %) from the median")?;
            }
            Test::Percent { percent } => write!(f, "more than {percent} % from the mean")?,
        }
        let what = match self.compared {
            Compared::Trailing => "periods",
            Compared::SameWeekday => "periods of the same weekday",
            Compared::SameMonth => "periods of the same month",
        };
        write!(f, " of the last {periods} {what}, of which at least {least} have a value")?;
        write!(f, ", and by at least {}", self.minimum)?;
        f.write_str(if self.drops { ", up or down" } else { ", up" })
    }
}

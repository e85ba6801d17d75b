//! Files to judge: a reader of CSV, and a data set that conforms.

use ledgit_core::bill::conformance::{Conformance, Criteria, Report};

/// A file as it is written.
#[derive(Clone)]
pub struct File {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl File {
    /// Reads RFC 4180.
    pub fn read(text: &str) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let mut rows = vec![vec![String::new()]];
        let (mut quoted, mut chars) = (false, text.chars().peekable());
        while let Some(c) = chars.next() {
            let row = rows.last_mut().unwrap();
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    row.last_mut().unwrap().push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(String::new()),
                '\r' if !quoted => {}
                '\n' if !quoted => rows.push(vec![String::new()]),
                c => row.last_mut().unwrap().push(c),
            }
        }
        rows.retain(|row| row.len() > 1 || !row[0].is_empty());
        let header = rows.remove(0);
        Self { header, rows }
    }

    /// Judged with what its columns show.
    pub fn judged(&self) -> Report {
        self.judged_with(&Criteria::Shown)
    }

    /// Judged with these criteria.
    pub fn judged_with(&self, criteria: &Criteria) -> Report {
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        let mut judge = Conformance::new(criteria, &header).unwrap();
        for row in &self.rows {
            let cells: Vec<Option<&str>> = row.iter().map(|cell| Some(cell.as_str())).collect();
            judge.row(&cells).unwrap();
        }
        judge.finish()
    }
}

/// A file of `fixtures/ecosystem/focus`.
pub fn fixture(name: &str) -> File {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/ecosystem/focus/");
    File::read(&std::fs::read_to_string(format!("{folder}{name}")).unwrap())
}

/// Every broken rule that is not made of others, with the rows that break it.
pub fn broken(report: &Report) -> Vec<(&'static str, u64)> {
    report.failed().map(|one| (one.id, one.failing)).collect()
}

//! `export`: the log for other programs.

use std::path::PathBuf;

use ledgit_store::ledger::export_tiles;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub struct Export {
    #[command(subcommand)]
    form: Form,
}

#[derive(Debug, clap::Subcommand)]
enum Form {
    /// A static C2SP tlog-tiles directory, partial tiles included
    Tiles {
        /// Directory, new or empty
        directory: PathBuf,
    },
}

impl Export {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let Form::Tiles { directory } = self.form;
        let ledger = context.ledger()?;
        let files = export_tiles(&ledger, &directory)?;
        let (size, shown) = (ledger.checkpoint().size, directory.display().to_string());
        let text = format!("{size} entries exported to {shown}: {files} files\n");
        let json = json!({
            "schema": "ledgit.export/1", "form": "tiles", "directory": shown, "files": files, "size": size,
        });
        Ok(Output::new(text, json))
    }
}

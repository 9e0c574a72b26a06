//! A PostgreSQL server of the driver, which the driver may stop and start.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AnyConnection, Connection as _};
use tempfile::TempDir;

/// A server, stopped when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    folder: TempDir,
    url: String,
    databases: AtomicU32,
}

impl Server {
    /// Starts a server with these variables in its environment.
    pub(crate) async fn start(environment: Vec<(&'static str, OsString)>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Only the server needs the environment, and not each short process of its creation.
        let mut url = run("start", &folder, Vec::new()).await.expect("PostgreSQL starts");
        if !environment.is_empty() {
            run("stop", &folder, Vec::new()).await.expect("PostgreSQL stops");
            url = run("start", &folder, environment).await.expect("PostgreSQL starts with this environment");
        }
        Self { folder, url, databases: AtomicU32::new(0) }
    }

    /// Stops it as in a power failure.
    pub(crate) async fn stop(&self) {
        let mut stop = script("stop", &self.folder);
        stop.arg("immediate");
        assert!(tokio::process::Command::from(stop).status().await.unwrap().success());
    }

    pub(crate) async fn start_again(&self) {
        let start = tokio::process::Command::from(script("start", &self.folder)).output().await;
        assert!(start.unwrap().status.success());
    }

    /// Creates a database, and returns its URL.
    pub(crate) async fn new_database(&self) -> String {
        let name = format!("shop{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = AnyConnection::connect(&self.url).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let (server, _) = self.url.rsplit_once('/').expect("it ends with a database");
        format!("{server}/{name}")
    }
}

/// Runs the script. Returns its output if it succeeds.
async fn run(act: &str, folder: &TempDir, environment: Vec<(&'static str, OsString)>) -> Option<String> {
    let mut script = tokio::process::Command::from(script(act, folder));
    let output = script.envs(environment).stderr(Stdio::inherit()).output().await.unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim_end().to_owned())
}

fn script(act: &str, folder: &TempDir) -> Command {
    let mut script = Command::new(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres"));
    script.arg(act).arg(folder.path());
    script
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may be stopped already.
        let _ = script("stop", &self.folder).arg("immediate").stderr(Stdio::null()).status();
    }
}

//! A store for tests, in a folder that is removed with it.

use super::folder::Folder;
use super::store::SqliteStore;
use crate::OpenError;

impl SqliteStore {
    /// Opens a new inbox for a test. Handlers write in its transactions, as in production.
    ///
    /// The file is in memory on Linux (under `/dev/shm`), and in the folder for temporary files elsewhere. It is removed
    /// with the store. The test reaches its own tables through [`file`](Self::file).
    ///
    /// ```
    /// use referral_webhooks_inbox::Inbox;
    /// use referral_webhooks_inbox_sqlx::SqliteStore;
    /// use sqlx::ConnectOptions as _;
    /// use sqlx::sqlite::SqliteConnectOptions;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = SqliteStore::in_memory().await?;
    /// let mut shop = SqliteConnectOptions::new().filename(store.file()).connect().await?;
    /// sqlx::query("CREATE TABLE reward (delivery TEXT NOT NULL)").execute(&mut shop).await?;
    /// let inbox = Inbox::new(store);
    /// # let _ = inbox;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If no folder can be created.
    pub async fn in_memory() -> Result<Self, OpenError> {
        let folder = Folder::new().map_err(sqlx::Error::from)?;
        let options = Self::options(folder.path().join("inbox.db")).create(true);
        options.open_in(folder).await
    }
}

//! The files that pages load: a style sheet, a script, an icon. Their names carry digests, so that browsers keep them.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// A file that pages load.
#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) content: &'static str,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, content: &'static str) -> Self {
        let digest = Sha256::digest(content);
        let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { name: format!("{stem}-{digest}.{extension}"), media_type, content }
    }
}

/// The style sheet.
pub(crate) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "style",
        "css",
        "text/css; charset=utf-8",
        concat!(include_str!("../../assets/style.css"), include_str!("../../assets/detail.css")),
    )
});

/// The script.
pub(crate) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("script", "js", "text/javascript; charset=utf-8", include_str!("../../assets/script.js"))
});

/// The icon.
pub(crate) static ICON: LazyLock<Asset> = LazyLock::new(|| Asset {
    name: "favicon.svg".to_owned(),
    media_type: "image/svg+xml",
    content: include_str!("../../assets/favicon.svg"),
});

/// Returns the file of a name.
pub(crate) fn named(name: &str) -> Option<&'static Asset> {
    [&STYLE, &SCRIPT, &ICON].into_iter().map(|asset| &**asset).find(|asset| asset.name == name)
}

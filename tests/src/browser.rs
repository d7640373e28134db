//! Headless Chromium, driven through Debian's `chromedriver`. Ending the test ends both, whatever happened.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a page may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

const DESKTOP: (u32, u32) = (1280, 1000);
const PHONE: (u32, u32) = (390, 844);
/// A picture is not taller.
const TALLEST: u32 = 3_200;

/// A browser window and the driver behind it.
pub struct Browser {
    /// The `WebDriver` session.
    pub client: Client,
    shots: PathBuf,
    // Killed on drop, and Chromium with it.
    _driver: Child,
    _profile: tempfile::TempDir,
}

/// What reaches beyond the right edge, and how far.
const STICKS_OUT: &str = "const edge = document.documentElement.clientWidth;
    return [...document.querySelectorAll('body *')].filter(e => !e.parentElement.closest('.table-scroll, pre')).map(e => [e, e.getBoundingClientRect().right])
        .filter(([, right]) => right > edge + 0.5).slice(0, 8)
        .map(([e, right]) => `${e.tagName}.${e.className} ${right} of ${edge}`)";

impl Browser {
    /// Opens one. Screenshots go to `target/screenshots/<story>`.
    pub async fn open(story: &str) -> anyhow::Result<Self> {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting chromedriver (Debian: chromium-driver)")?;
        let port = port(&mut driver).await?;
        let profile = tempfile::tempdir()?;
        let args = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--window-size={},{}", DESKTOP.0, DESKTOP.1),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        let capabilities =
            json!({ "goog:chromeOptions": { "args": args }, "goog:loggingPrefs": { "browser": "ALL" } });
        let capabilities = capabilities.as_object().cloned().unwrap_or_default();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("opening the browser")?;
        let shots = crate::endpoint::repository("target/screenshots").join(story);
        std::fs::create_dir_all(&shots)?;
        Ok(Self { client, shots, _driver: driver, _profile: profile })
    }

    /// Opens an address.
    pub async fn goto(&self, url: &str) -> anyhow::Result<()> {
        self.client.goto(url).await.with_context(|| format!("opening {url}"))
    }

    /// Waits until something is there.
    pub async fn wait(&self, css: &str) -> anyhow::Result<Element> {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        match found {
            Ok(found) => Ok(found),
            Err(error) => {
                self.shot("failed").await?;
                let page = self.client.source().await.unwrap_or_default();
                Err(error).with_context(|| format!("waiting for {css} in\n{page}"))
            }
        }
    }

    /// Clicks something that is or will be there.
    pub async fn click(&self, css: &str) -> anyhow::Result<()> {
        let found = self.wait(css).await?;
        // What is below the fold is brought into view first; a sticky header would catch the click otherwise.
        let script = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
        self.client.execute(script, vec![serde_json::to_value(&found)?]).await?;
        found.click().await.with_context(|| format!("clicking {css}"))
    }

    /// Types into a field, in place of what is there.
    pub async fn fill(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let field = self.wait(css).await?;
        field.clear().await?;
        field.send_keys(text).await.with_context(|| format!("typing into {css}"))
    }

    /// The visible text of something.
    pub async fn text(&self, css: &str) -> anyhow::Result<String> {
        Ok(self.wait(css).await?.text().await?)
    }

    /// Keeps pictures of the whole page as it is: at a desktop's width and a phone's, light and dark. Nothing may stick out
    /// at a phone's side.
    pub async fn everywhere(&self, name: &str) -> anyhow::Result<()> {
        let number = async |script: &str| {
            let found = self.client.execute(&format!("return {script}"), vec![]).await?;
            anyhow::Ok(found.as_i64().unwrap_or_default())
        };
        for (device, width, height) in [("desktop", DESKTOP.0, DESKTOP.1), ("phone", PHONE.0, PHONE.1)] {
            self.client.set_window_size(width, height).await?;
            let over = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
            // A scroll bar that comes or goes is one layout ahead of what it makes room for.
            let mut looks = 0;
            while number(over).await? > 0 && looks < 20 {
                looks += 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            if number(over).await? > 0 {
                self.shot("failed").await?;
                let what = self.client.execute(STICKS_OUT, vec![]).await?;
                bail!("{name} is wider than a {device}: {what}");
            }
            let whole = u32::try_from(number("document.documentElement.scrollHeight").await?)?;
            self.client.set_window_size(width, whole.clamp(height, TALLEST)).await?;
            for theme in ["light", "dark"] {
                // Colours change slowly; those that turn for ever cannot be finished.
                let script = "document.documentElement.dataset.theme = arguments[0]; window.scrollTo(0, 0);
                    document.getAnimations().forEach(a => { try { a.finish() } catch {} })";
                self.client.execute(script, vec![json!(theme)]).await?;
                self.shot(&format!("{name}-{device}-{theme}")).await?;
            }
        }
        self.client.execute("delete document.documentElement.dataset.theme", vec![]).await?;
        Ok(self.client.set_window_size(DESKTOP.0, DESKTOP.1).await?)
    }

    /// Keeps a picture of the page.
    pub async fn shot(&self, name: &str) -> anyhow::Result<()> {
        let png = self.client.screenshot().await?;
        std::fs::write(self.shots.join(name).with_extension("png"), png).context("keeping a screenshot")
    }
}

async fn port(driver: &mut Child) -> anyhow::Result<u16> {
    let stdout = driver.stdout.take().context("the driver's output")?;
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
            let port = port.trim_end_matches('.').parse()?;
            // It writes on: let it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port);
        }
    }
    anyhow::bail!("chromedriver said no port")
}

//! The cache of the official client as a fallback, for applications that migrate to evercred.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::log::Level;
use crate::platform::BoxFuture;
use crate::providers::aliyun::kms::material::{facts, material, version_id};
use crate::providers::aliyun::kms::official_cache_file::{self, CachedSecret};
use crate::providers::{Context, Fetched, Notes, Origin, Provider, Windows};
use crate::secret::Secret;

/// A provider for a managed secret that falls back to the official client's cache files while KMS cannot be reached and
/// there is no other value.
pub struct OfficialCacheFallback {
    inner: Box<dyn Provider>,
    file: Arc<CachedFile>,
    /// Set after the first value from `inner`. The cache file is older from then on.
    had_value: AtomicBool,
}

struct CachedFile {
    folder: PathBuf,
    salt: Secret,
    name: String,
    stage: String,
}

impl OfficialCacheFallback {
    /// `inner`, with the cache file of the secret `name` at `stage` as its fallback. The files in `folder` were written
    /// with `salt`.
    pub fn new(
        inner: Box<dyn Provider>,
        folder: PathBuf,
        salt: Secret,
        name: String,
        stage: String,
    ) -> OfficialCacheFallback {
        let file = Arc::new(CachedFile { folder, salt, name, stage });
        OfficialCacheFallback { inner, file, had_value: AtomicBool::new(false) }
    }

    async fn read_cache(&self, context: &Context) -> Option<Fetched> {
        let file = Arc::clone(&self.file);
        let key = format!("{}/{}", file.folder.display(), file.name);
        let read = context.read_files(&key, move || {
            official_cache_file::read(&file.folder, &file.name, &file.stage, file.salt.expose())
        });
        let cached = read.await.and_then(|cached| cached.map(|cached| fetched(context, &cached)).transpose());
        match cached {
            Ok(Some(fetched)) => {
                let text = "aliyun_import_cache_dir: the secret from the official client's cache is used";
                context.log.write(Level::Warn, || String::from(text));
                Some(fetched)
            }
            Ok(None) => {
                let text = "aliyun_import_cache_dir: the official client's cache has no file for this secret and stage";
                context.log.write(Level::Warn, || String::from(text));
                None
            }
            Err(error) => {
                context.log.write(Level::Warn, || format!("aliyun_import_cache_dir: {}", error.message()));
                None
            }
        }
    }
}

fn fetched(context: &Context, cached: &CachedSecret) -> Result<Fetched> {
    let (mut material, ends_at_ms) = material(&cached.secret)?;
    material.origin = Origin::FileCache;
    material.version_id = version_id(&cached.secret);
    let (now, wall_ms) = (context.platform.now(), context.platform.wall_ms());
    // When a rotation is overdue, the expiration has passed, but the key still works.
    let life = ends_at_ms.and_then(|end| u64::try_from(end.saturating_sub(wall_ms)).ok()).filter(|life| *life > 0);
    // Without a valid time in the file, the age is not known.
    let ago = u64::try_from(wall_ms.saturating_sub(cached.refreshed_at_ms)).ok().filter(|_| cached.refreshed_at_ms > 0);
    Ok(Fetched {
        material,
        windows: Windows {
            renew_at: Some(now),
            mandatory_at: None,
            ends_at: life.map(|life| now.after(Duration::from_millis(life))),
        },
        notes: Notes {
            confirmed_ago: ago.map(Duration::from_millis),
            secret: facts(&cached.secret),
            ..Notes::default()
        },
        unsettled: false,
        degraded: None,
    })
}

impl Provider for OfficialCacheFallback {
    fn fetch<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let fetched = self.inner.fetch(context).await?;
            self.had_value.store(true, Ordering::Release);
            Ok(fetched)
        })
    }

    fn is_encrypted(&self) -> bool {
        self.inner.is_encrypted()
    }

    fn fall_back<'a>(&'a self, context: &'a Context, error: Error) -> BoxFuture<'a, Result<Fetched>> {
        Box::pin(async move {
            let error = match self.inner.fall_back(context, error).await {
                Ok(fetched) => {
                    self.had_value.store(true, Ordering::Release);
                    return Ok(fetched);
                }
                Err(error) => error,
            };
            let is_new = !self.had_value.load(Ordering::Acquire);
            if context.has_usable || !error.cloud_could_not_be_asked() || !is_new {
                return Err(error);
            }
            match self.read_cache(context).await {
                Some(fetched) => Ok(Fetched { degraded: Some(error), ..fetched }),
                None => Err(error),
            }
        })
    }
}

//! What the official client left behind, as the last resort of a program that has just moved away from it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{Class, Error, Result};
use crate::log::Level;
use crate::platform::BoxFuture;
use crate::providers::aliyun::kms::material::{facts, material, version_id};
use crate::providers::aliyun::kms::official_cache_file::{self, Cached};
use crate::providers::{Context, Fetched, Notes, Origin, Provider, Windows, spawn_blocking_io};
use crate::secret::Secret;

/// A managed secret that is read out of the official client's encrypted files while KMS cannot be reached and nothing else
/// is held.
pub struct OfficialCacheFallback {
    inner: Box<dyn Provider>,
    file: Arc<CachedFile>,
    /// A better value was had: what lies here is older.
    is_needless: AtomicBool,
}

struct CachedFile {
    folder: PathBuf,
    salt: Secret,
    name: String,
    stage: String,
}

impl OfficialCacheFallback {
    /// `inner`, and behind it the files in `folder`, which were written with `salt`, of the secret `name` at `stage`.
    pub fn new(
        inner: Box<dyn Provider>,
        folder: PathBuf,
        salt: Secret,
        name: String,
        stage: String,
    ) -> OfficialCacheFallback {
        let file = Arc::new(CachedFile { folder, salt, name, stage });
        OfficialCacheFallback { inner, file, is_needless: AtomicBool::new(false) }
    }

    async fn imported(&self, context: &Context) -> Option<Fetched> {
        let file = Arc::clone(&self.file);
        let read = spawn_blocking_io(move || {
            official_cache_file::read(&file.folder, &file.name, &file.stage, file.salt.expose())
        });
        let cached = read.await.and_then(|cached| cached.map(|cached| fetched(context, &cached)).transpose());
        match cached {
            Ok(Some(fetched)) => {
                let text = "a secret that the official client left in aliyun_import_cache_dir is used";
                context.log.write(Level::Warn, || String::from(text));
                Some(fetched)
            }
            Ok(None) => {
                let text = "aliyun_import_cache_dir: the official client left nothing there for this secret and stage";
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

fn fetched(context: &Context, cached: &Cached) -> Result<Fetched> {
    let (mut material, ends_at_ms) = material(&cached.secret)?;
    material.origin = Origin::FileCache;
    material.version_id = version_id(&cached.secret);
    let (now, wall_ms) = (context.platform.now(), context.platform.wall_ms());
    // A rotation that is late leaves an end behind that has passed, on a key that still works.
    let life = ends_at_ms.and_then(|end| u64::try_from(end.saturating_sub(wall_ms)).ok()).filter(|life| *life > 0);
    // Where the file does not say how old it is, or says something odd, nothing is claimed.
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
            self.is_needless.store(true, Ordering::Release);
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
                    self.is_needless.store(true, Ordering::Release);
                    return Ok(fetched);
                }
                Err(error) => error,
            };
            let is_refusal = !matches!(error.class(), Class::Transient | Class::Unknown);
            if context.has_usable || is_refusal || self.is_needless.load(Ordering::Acquire) {
                return Err(error);
            }
            match self.imported(context).await {
                Some(fetched) => Ok(Fetched { degraded: Some(error), ..fetched }),
                None => Err(error),
            }
        })
    }
}

//! The state of the emulator: what both clouds share, and the state of each cloud.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::action::Actions;
use crate::aliyun::state::{Aliyun, Live as AliyunLive};
use crate::fault::Faults;
use crate::record::Records;
use crate::tencent::state::{Live as TencentLive, Tencent};
use crate::util::system_ms;

/// The part that the state file holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Saved {
    pub(crate) signed_hosts: Vec<String>,
    pub(crate) hold_rotation: bool,
    pub(crate) clock_offset_ms: i64,
    pub(crate) actions: Actions,
    #[serde(flatten)]
    pub(crate) tencent: Tencent,
    pub(crate) aliyun: Aliyun,
}

/// The whole state, behind one lock.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) saved: Saved,
    /// The last error outside a request: of the database, the state file or a port.
    pub(crate) last_error: Option<String>,
    pub(crate) faults: Faults,
    pub(crate) records: Records,
    pub(crate) state_file: Option<PathBuf>,
    pub(crate) written: String,
    /// The port without TLS, once it is open.
    pub(crate) plain: Option<SocketAddr>,
    pub(crate) tencent: TencentLive,
    pub(crate) aliyun: AliyunLive,
}

impl State {
    pub(crate) fn now_ms(&self) -> i64 {
        system_ms().saturating_add(self.saved.clock_offset_ms)
    }

    /// Performs the rotations that are due.
    pub(crate) fn tick(&mut self) {
        if self.saved.hold_rotation {
            return;
        }
        let now = self.now_ms();
        self.saved.aliyun.tick(now);
        if let Err(error) = self.saved.tencent.tick(&mut self.tencent, now) {
            self.last_error = Some(error);
        }
    }

    /// Holds rotations back. Releasing them performs those that are overdue at once, dated now.
    pub(crate) fn hold_rotation(&mut self, hold: bool) {
        let held = std::mem::replace(&mut self.saved.hold_rotation, hold);
        if held && !hold {
            let now = self.now_ms();
            self.saved.tencent.release_rotations(now);
        }
    }
}

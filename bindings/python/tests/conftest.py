"""What the tests share: the emulator of both clouds, and a throwaway MariaDB."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import evercred

REPOSITORY = Path(__file__).resolve().parents[3]
EMULATOR = os.environ.get("EVERCRED_EMULATOR", str(REPOSITORY / "target" / "debug" / "evercred-emulator"))
# A test that rotates often would run into the limits of forced refreshes and reports.
FREQUENT = {"forced_refresh_burst": 1000}


class Cloud:
    """An emulator in a process of its own, which ends with this one."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [EMULATOR, "--until-stdin-closes", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        line = self.process.stdout.readline()
        assert line, "the emulator did not start"
        ready = json.loads(line)
        self.host_port, self.control, self.regions = ready["host_port"], ready["control"], ready["regions"]

    def ask(self, action, /, **arguments):
        data = None if action in ("state", "requests") else json.dumps(arguments).encode()
        request = urllib.request.Request(f"{self.control}/{action}", data=data)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"the emulator refused {action}: {error.read().decode()}") from None

    def requests(self, action):
        return self.ask("requests")["actions"].get(action, 0)

    def tencent(self, **options):
        """Options of a client that signs with the key of this emulator."""
        return {
            "environment": False,
            "tencent_endpoint": self.host_port,
            "tencent_scheme": "http",
            "tencent_secret_id": "my-id",
            "tencent_secret_key": "my-key",
            "proxy": "none",
            **options,
        }

    def aliyun(self, **options):
        """Options of a client that signs with the AccessKey of this emulator."""
        return {
            "environment": False,
            "aliyun_kms_endpoint": self.host_port,
            "aliyun_scheme": "http",
            "aliyun_region": "cn-hangzhou",
            "aliyun_access_key_id": "LTAItest",
            "aliyun_access_key_secret": "login-secret",
            "proxy": "none",
            **options,
        }

    def rotate(self, user="app"):
        return self.ask("rotate", region="ap-guangzhou", instance="cdb-1", user=user)["password"]

    def password(self, user="app"):
        return self.ask("password", region="ap-guangzhou", instance="cdb-1", user=user)["password"]

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


@pytest.fixture
def start_cloud():
    clouds = []

    def start(*arguments):
        clouds.append(Cloud(*arguments))
        return clouds[-1]

    yield start
    for cloud in clouds:
        cloud.stop()


@pytest.fixture
def cloud(start_cloud):
    return start_cloud(
        "--key", "my-id:my-key", "--account", "ap-guangzhou/cdb-1/app", "--access-key", "LTAItest:login-secret",
        "--secret", "prod/app-key",
    )  # fmt: skip


@pytest.fixture
def source(cloud):
    with evercred.Client(**cloud.tencent(**FREQUENT)) as client:
        yield client.database("ap-guangzhou", "cdb-1", "app")


class Database:
    def __init__(self, folder):
        script = REPOSITORY / "scripts" / "mariadb.sh"
        self.process = subprocess.Popen([script, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        words = self.process.stdout.readline().split()
        assert words[:1] == ["ready"], "MariaDB did not start"
        self.port, self.socket = int(words[1]), words[2]

    @property
    def url(self):
        return f"mysql://root@localhost?socket={self.socket}"

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(20)


@pytest.fixture(scope="session")
def mariadb():
    if shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin") is None:
        pytest.skip("there is no mariadbd (scripts/setup.sh demo installs it)")
    # The name of a socket has room for about 100 characters, so pytest's own folders are too deep.
    folder = tempfile.mkdtemp(prefix="evercred-py-")
    try:
        database = Database(folder)
        yield database
        database.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_cloud(mariadb, start_cloud):
    """An emulator that rotates accounts of the MariaDB."""
    return start_cloud(
        "--mysql", mariadb.url, "--key", "my-id:my-key", "--account", "ap-guangzhou/cdb-1/app",
    )  # fmt: skip


def eventually(condition, seconds=20):
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.01)

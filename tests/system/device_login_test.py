"""The ways into a device by SSH, each through a whole job: password, keyboard-interactive, key, enable, known_hosts,
old algorithms, banners."""

import subprocess
import tempfile
import unittest
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import support
from support.device_scene import Scene
from support.iosxe import Device, ssh_is_possible
from support.together import together

# It ends like a prompt, and has what other clients stumble over.
BANNER = "\n ^C Authorized access only! #\nrtr1>\nPassword: \n"
# becomes privileged by "enable" only
LOW: dict[str, Any] = {"users": {"low": ("cisco-Low_1", 1)}, "enable_secret": "s3cret-One"}


def seen_here(device: Device) -> dict[str, Any]:
    """In a guestshell, say."""
    return {"export_to": f"{device.prefix}guest-share/", "mount": f"{device.flash}/guest-share"}


@unittest.skipUnless(ssh_is_possible(), "an SSH server changes users, which needs root")
class Login(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def key(self, kind: str, passphrase: str = "") -> tuple[str, str]:
        """Its file, and its public half."""
        path = self.folder / f"{kind}{len(passphrase)}"
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", path], check=True)
        return str(path), path.with_suffix(".pub").read_text().strip()

    def check_captured(self, family: str = "router", **given: Any) -> Scene:
        scene = Scene(self.enterContext(ExitStack()), "ssh", family, **given)
        job = scene.server.ended(scene.ask())
        self.assertEqual((job["delivery"], job["errors"]), ("delivered", []), job)
        scene.device.wait_until_clean()
        return scene

    def check_refused(self, code: str, *words: str, **given: Any) -> Scene:
        scene = Scene(self.enterContext(ExitStack()), "ssh", **given)
        job = scene.server.ended(scene.ask())
        self.assertEqual([one["code"] for one in job["errors"]], [code], job)
        for word in words:
            self.assertIn(word, job["errors"][0]["message"])
        return scene

    def test_by_keyboard_interactive(self) -> None:
        self.check_captured(methods=("keyboard-interactive",))

    def test_by_a_key(self) -> None:
        def case(kind: str) -> None:
            path, public = self.key(kind)
            scene = self.check_captured(methods=("publickey",), authorized_keys=(public,), keys={"key_file": path})
            self.assertNotIn("PRIVATE", scene.server.log())

        together((kind, partial(case, kind)) for kind in ("ed25519", "ecdsa"))

    def test_a_key_that_the_device_does_not_know(self) -> None:
        path, _ = self.key("ed25519")
        self.check_refused("device_login", "does not let admin in", "publickey", methods=("publickey",),
                           keys={"key_file": path})

    def test_a_key_is_tried_before_the_password(self) -> None:
        path, _ = self.key("ed25519")
        self.check_captured(methods=("publickey", "password"), keys={"key_file": path})

    def test_enable_with_its_password(self) -> None:
        def case(family: str) -> None:
            scene = self.check_captured(family, enable_password="s3cret-One", keys=seen_here, **LOW)
            self.assertIn("enable", scene.device.said())
            self.assertNotIn("s3cret-One", scene.server.log())

        def refused() -> None:
            self.check_refused("device_login", "does not take the enable_password", enable_password="s3cret-Two", **LOW)

        together([("router", partial(case, "router")), ("switch", partial(case, "switch")), ("refused", refused)])

    def test_files_that_only_a_user_with_privilege_15_gets(self) -> None:
        scene = self.check_refused("device_login", "Privilege denied", "privilege 15", enable_password="s3cret-One", **LOW)
        self.assertEqual([line for line in scene.device.said() if line.startswith("monitor capture")], [])
        checked = scene.server.run("check", **scene.server.environment)
        self.assertIn("Privilege denied", checked.stdout + checked.stderr)

    def test_a_host_key_of_known_hosts(self) -> None:
        scene = self.check_captured()
        hosts = self.folder / "known_hosts"
        hosts.write_text(f"[127.0.0.1]:{scene.device.port} {scene.device.host_key}\n")
        scene.server.terminate()
        scene.server.config_file.write_text(scene.server.config_file.read_text().replace(
            f'fingerprint = "{scene.device.fingerprint}"', f'known_hosts = "{hosts}"'))
        scene.server.start()
        self.assertEqual(scene.server.ended(scene.ask())["delivery"], "delivered")
        _, other = self.key("ed25519")
        hosts.write_text(f"[127.0.0.1]:{scene.device.port} {other}\n")
        scene.server.terminate()
        scene.server.start()
        (error,) = scene.server.ended(scene.ask())["errors"]
        self.assertEqual(error["code"], "device_host_key")
        self.assertIn("somebody else answers there", error["message"])

    def test_an_old_device_needs_old_algorithms(self) -> None:
        self.check_refused("device_refused", "configure old_algorithms = true", old_algorithms=True)
        self.check_captured(old_algorithms=True, keys={"old_algorithms": True})

    def test_a_device_that_has_only_an_rsa_key_needs_them_too(self) -> None:
        self.check_refused("device_refused", "only an RSA key", "old_algorithms = true", host_key_type="rsa")

    def test_banners_are_no_prompts(self) -> None:
        self.check_captured("switch", banner=BANNER, motd=BANNER)


if __name__ == "__main__":
    support.main()

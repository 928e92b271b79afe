"""Settings: what is read, what is refused, what is never shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import BadSettings
from rag.settings import OUTSIDE, Settings, variable_of

DOCS = Path(__file__).parents[1] / "docs" / "settings.md"


def test_nothing_set_gives_the_documented_defaults() -> None:
    """With an empty environment the embedded default model answers from the user's own folders."""
    settings = Settings.read({})
    assert settings.model == "default"
    assert not settings.uses_endpoint
    assert settings.home.name == "dateline"
    assert settings.models.parts[-2:] == ("dateline", "models")
    assert settings.home != settings.models.parent or settings.home.is_absolute()
    assert settings.threads >= 1


def test_only_the_mapping_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process environment plays no part: settings come from the mapping that is handed in."""
    monkeypatch.setenv("DATELINE_PORT", "1234")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-elsewhere")
    settings = Settings.read({"DATELINE_HOST": "0.0.0.0"})
    assert (settings.host, settings.port, settings.api_key) == ("0.0.0.0", 8000, None)


def test_values_are_read_and_the_command_line_wins(tmp_path: Path) -> None:
    """A value given on the command line wins over the environment, and None there means not given."""
    environ = {"DATELINE_HOME": str(tmp_path), "DATELINE_PORT": "9", "PATH": "/bin", "DATELINE_LOG_LEVEL": "INFO"}
    settings = Settings.read(environ, port=10, home=None)
    assert (settings.home, settings.port, settings.log_level) == (tmp_path, 10, "info")


def test_an_empty_variable_counts_as_unset() -> None:
    """Compose files pass empty variables through; they mean nothing."""
    assert Settings.read({"DATELINE_PORT": " ", "DATELINE_API_KEY": ""}) == Settings.read({})


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("DATELINE_MODLE", "DATELINE_MODEL"),
        ("DATELINE_APIKEY", "DATELINE_API_KEY"),
        ("DATELINE_home", "DATELINE_HOME"),
        ("DATELINE_TIMEOUT", "DATELINE_MODEL_TIMEOUT_S"),
    ],
)
def test_an_unknown_variable_names_itself_and_the_nearest(variable: str, nearest: str) -> None:
    """A misspelt setting is an error that says which one was probably meant."""
    with pytest.raises(BadSettings, match=rf"{variable} is not a setting: did you mean {nearest}\?"):
        Settings.read({variable: "1"})


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0="), min_size=1, max_size=40))
def test_any_unknown_variable_is_refused(name: str) -> None:
    """No variable with our prefix is ever ignored silently."""
    variable = "DATELINE_" + name
    if variable in OUTSIDE or variable in {variable_of(field) for field in Settings.model_fields}:
        return
    with pytest.raises(BadSettings, match="is not a setting"):
        Settings.read({variable: "1"})


def test_variables_of_tests_are_known() -> None:
    """What tests and benchmarks read is not taken for a mistake."""
    assert Settings.read(dict.fromkeys(OUTSIDE, "somewhere")) == Settings.read({})


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"DATELINE_PORT": "http"}, "DATELINE_PORT is wrong: .*not 'http'"),
        ({"DATELINE_PORT": "65536"}, "DATELINE_PORT is wrong"),
        ({"DATELINE_MODEL_TIMEOUT_S": "0"}, "DATELINE_MODEL_TIMEOUT_S is wrong"),
        ({"DATELINE_MODEL_TIMEOUT_S": "nan"}, "DATELINE_MODEL_TIMEOUT_S is wrong"),
        ({"DATELINE_MAX_QUESTION_CHARS": "10001"}, "DATELINE_MAX_QUESTION_CHARS is wrong"),
        ({"DATELINE_LOG_LEVEL": "loud"}, "DATELINE_LOG_LEVEL is wrong"),
        ({"DATELINE_BASE_URL": "localhost:8080"}, "DATELINE_BASE_URL is wrong"),
        ({"DATELINE_BASE_URL": "file:///etc/passwd", "DATELINE_MODEL": "m"}, "DATELINE_BASE_URL is wrong"),
        ({"DATELINE_MODEL": "gpt-5"}, "set DATELINE_BASE_URL .* or take one of default, small, extractive"),
        ({"DATELINE_BASE_URL": "http://localhost/v1"}, "name a model of the endpoint"),
        ({"DATELINE_API_KEY": "sk-very-secret"}, "name a model of the endpoint"),
    ],
)
def test_a_value_that_cannot_be_is_named(environ: dict[str, str], message: str) -> None:
    """A wrong value is an error that names its variable and never shows a key."""
    with pytest.raises(BadSettings, match=message) as raised:
        Settings.read(environ)
    assert "sk-very-secret" not in str(raised.value)


def test_which_model_answers() -> None:
    """Extractive needs nothing, an endpoint needs a name, a file of one's own needs neither."""
    key = {"DATELINE_API_KEY": "sk-1"}
    assert not Settings.read({**key, "DATELINE_MODEL": "extractive"}).uses_endpoint
    assert Settings.read({**key, "DATELINE_MODEL": "gpt-5"}).uses_endpoint
    assert not Settings.read({"DATELINE_MODEL": "/models/own.gguf"}).uses_endpoint


def test_the_key_is_never_shown() -> None:
    """However settings are printed, the key is masked; only the client that needs it gets it."""
    settings = Settings.read({"DATELINE_API_KEY": "sk-very-secret", "DATELINE_MODEL": "m"})
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "sk-very-secret" not in shown
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "sk-very-secret"


def test_every_setting_is_documented_with_its_own_words() -> None:
    """docs/settings.md has one row for each setting, with the description of the code, and no other."""
    rows = dict(re.findall(r"^\| `(DATELINE_\w+)` \| .* \| (.*?) \|$", DOCS.read_text("utf-8"), re.MULTILINE))
    assert rows == {variable_of(name): field.description for name, field in Settings.model_fields.items()}


def test_documented_defaults_are_the_real_ones() -> None:
    """A default that the page gives in code is the one that an empty environment gives."""
    settings = Settings.read({})
    rows = re.findall(r"^\| `DATELINE_(\w+)` \| `([^`]+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert len(rows) >= 9
    for variable, default in rows:
        value = getattr(settings, variable.lower())
        assert (f"{value:g}" if isinstance(value, float) else str(value)) == default, variable

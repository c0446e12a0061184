"""Finding and loading scenarios before any load."""

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from locust.user import User

from loadproof.errors import BadInput
from loadproof.users import ParameterValue, StrictHttpUser

BUILTIN_FOLDER = Path(__file__).parent / "scenarios"
_MODULE_NAME = "loadproof_scenario"


@dataclass(frozen=True)
class Scenario:
    """A loaded scenario: its text and the user classes in it."""

    name: str
    source: str
    user_classes: tuple[type[StrictHttpUser], ...]

    @property
    def max_pause(self) -> float:
        """The longest time in seconds that a task of it pauses by itself."""
        return max(user_class.longest_pause() for user_class in self.user_classes)


def builtin_names() -> list[str]:
    """The scenarios that come with the package."""
    return sorted(path.stem for path in BUILTIN_FOLDER.glob("*.py"))


def read_scenario(name_or_file: str) -> tuple[Path, str]:
    """Path and text of a scenario, given by its file or by the name of one that comes with the package.

    Raises BadInput when there is none or it cannot be read.
    """
    if name_or_file in builtin_names():
        path = BUILTIN_FOLDER / f"{name_or_file}.py"
    else:
        path = Path(name_or_file)
        if not path.is_file():
            raise BadInput(
                f"scenario {name_or_file!r}: neither a file nor a scenario that comes with loadproof "
                f"({', '.join(builtin_names())})"
            )
    try:
        return path, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"scenario {path}: cannot be read: {error}") from error


def load_scenario(path: Path, source: str, parameters: Mapping[str, str]) -> Scenario:
    """Load the text of a scenario; ``path`` names it in messages.

    Raises BadInput when it does not run, holds no users, or does not know a parameter.
    """
    module = _execute(path, source)
    user_classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, User)
        and value.__module__ == _MODULE_NAME
        and not value.abstract
    ]
    if not user_classes:
        raise BadInput(f"scenario {path}: no user class in it: derive one from loadproof.users.StrictHttpUser")
    strict: list[type[StrictHttpUser]] = []
    for user_class in user_classes:
        if not issubclass(user_class, StrictHttpUser):
            raise BadInput(
                f"scenario {path}: {user_class.__name__} must derive from loadproof.users.StrictHttpUser: "
                "Locust's own HTTP users retry silently or wait without limit"
            )
        if not user_class.tasks:
            raise BadInput(f"scenario {path}: {user_class.__name__} has no task: mark a method with locust's @task")
        strict.append(user_class)
    _set_parameters(path, strict, parameters)
    return Scenario(path.stem, source, tuple(strict))


def _execute(path: Path, source: str) -> ModuleType:
    module = ModuleType(_MODULE_NAME)
    module.__file__ = str(path)
    # dataclasses and the like look up the module of a class by its name
    sys.modules[_MODULE_NAME] = module
    try:
        exec(compile(source, str(path), "exec"), vars(module))
    except SyntaxError as error:
        raise BadInput(f"scenario {path}: syntax error in line {error.lineno}: {error.msg}") from error
    except (Exception, SystemExit) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f" in line {lines[-1]}" if lines else ""
        raise BadInput(f"scenario {path}: cannot be loaded: {type(error).__name__}{where}: {error}") from error
    return module


def _set_parameters(path: Path, user_classes: list[type[StrictHttpUser]], given: Mapping[str, str]) -> None:
    known = {name for user_class in user_classes for name in user_class.parameters}
    if unknown := sorted(given.keys() - known):
        raise BadInput(
            f"scenario {path}: no parameter {', '.join(unknown)}; it knows {', '.join(sorted(known)) or 'none at all'}"
        )
    for user_class in user_classes:
        user_class.parameters = {
            name: _converted(path, name, given[name], default) if name in given else default
            for name, default in user_class.parameters.items()
        }


def _converted(path: Path, name: str, text: str, default: ParameterValue) -> ParameterValue:
    try:
        return type(default)(text)
    except ValueError:
        raise BadInput(f"scenario {path}: parameter {name}: {text!r} is not a number like {default}") from None

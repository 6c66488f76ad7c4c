"""What is shipped is ours alone, and works where nothing of the checkout is."""

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

OURS = re.compile(
    r"(app\.py|onrecord_pytest\.py|(corpus|index|rag|prompts)/.+\.(py|md|html|css|js|svg|jsonl|sql|toml|txt|npz))$"
)
OFFLINE = re.compile(
    r"NewConnectionError|ConnectTimeout|ProxyError|NameResolutionError|Read timed out|Max retries"
)
ENVIRONMENT = dict(os.environ)
"""As it was before any test changed it: pip finds its cache and its index there."""


@pytest.fixture(scope="session")
def archives(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the wheel and the sdist, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(root))
    return folder


def run(*command: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a failure shows what it printed."""
    clean = {
        k: v
        for k, v in ENVIRONMENT.items()
        if not k.startswith(("ONRECORD_", "COV_", "PYTEST_", "PYTHONPATH"))
    }
    done = subprocess.run(
        command,
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=540,
    )
    if done.returncode and OFFLINE.search(done.stdout + done.stderr):
        pytest.skip("pip cannot reach its package index from here")
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done


def test_the_wheel_holds_our_packages_and_nothing_else(archives: Path, root: Path) -> None:
    with zipfile.ZipFile(next(archives.glob("onrecord-*.whl"))) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        licence = [name for name in wheel.namelist() if name.endswith("LICENSE")]
    assert not [name for name in names if not OURS.fullmatch(name)]
    assert {"app.py", "index/models/answering.npz"} <= set(names) and licence
    ours = [path for package in ("prompts", "rag/web") for path in (root / package).rglob("*.*")]
    assert not {str(path.relative_to(root)) for path in ours if path.suffix != ".pyc"} - set(names)
    assert sum(name.startswith("corpus/samples/") for name in names) >= 24


def test_the_sdist_holds_what_a_build_needs_and_nothing_else(archives: Path) -> None:
    with tarfile.open(next(archives.glob("onrecord-*.tar.gz"))) as sdist:
        names = [name.split("/", 1)[1] for name in sdist.getnames()]
    beside = {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "PKG-INFO", ".gitignore"}
    assert not [name for name in names if name not in beside and not OURS.fullmatch(name)]
    assert {"pyproject.toml", "LICENSE", "README.md"} <= set(names)


@pytest.fixture(scope="session")
def venv(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel. It borrows this one's packages: to install them all takes minutes."""
    venv = tmp_path_factory.mktemp("wheel") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(venv))
    python, wheel = str(venv / "bin" / "python"), str(next(archives.glob("onrecord-*.whl")))
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel)
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (own / "borrowed.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    assert run(python, "-c", "import app; print(app.__file__)", cwd=venv).stdout.strip() == str(
        own / "app.py"
    )
    return venv


@pytest.fixture(scope="session")
def store(venv: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of one sample article that the wheel's command has indexed."""
    home = tmp_path_factory.mktemp("wheel-store")
    sample = root / "corpus" / "samples" / "2021-03-24-meridian-wire-suez-blocked.md"
    command = [str(venv / "bin" / "onrecord"), "index", str(sample), "--json"]
    indexed = json.loads(run(*command, cwd=home, ONRECORD_STORE=str(home / "store"), HOME=str(home)).stdout)
    assert (indexed["added"], indexed["failed"]) == (1, [])
    return home / "store"


def test_the_wheel_answers_in_another_environment_from_another_folder(
    venv: Path, store: Path, tmp_path: Path
) -> None:
    onrecord, elsewhere = str(venv / "bin" / "onrecord"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = {"ONRECORD_STORE": str(store), "HOME": str(tmp_path)}
    answer = json.loads(
        run(onrecord, "ask", "Which ship blocked the Suez Canal?", "--json", cwd=elsewhere, **place).stdout
    )
    assert answer["status"] == "answered" and answer["citations"]
    shown = run(
        onrecord, "articles", "show", answer["citations"][0]["article_id"], "--json", cwd=elsewhere, **place
    )
    cited = answer["citations"][0]
    assert json.loads(shown.stdout)["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert json.loads(run(onrecord, "doctor", "--json", cwd=elsewhere, **place).stdout)["ok"] is True


GUEST = {
    "app.py": "NAME = 'guest'\n",
    "index/__init__.py": "NAME = 'guest'\n",
    "corpus/__init__.py": "NAME = 'guest'\n",
    "rag/__init__.py": "NAME = 'guest'\n",
    "rag/evals.py": "NAME = 'guest'\n",
    "tests/test_guest.py": """\
import importlib
import sys


def test_the_guest_imports_its_own_modules():
    for name in ("app", "index", "corpus", "rag", "rag.evals"):
        assert importlib.import_module(name).NAME == "guest"


def test_the_session_has_loaded_nothing_else_of_onrecord():
    assert not {"prompts", "numpy", "yaml", "onnxruntime"} & set(sys.modules)
""",
    "tests/guest.answers.yaml": """\
- id: ship
  question: Which ship blocked the Suez Canal?
  answer: container ships
- id: wrong
  question: Which ship blocked the Suez Canal?
  answer: Titanic
""",
}


@pytest.mark.processes
def test_what_is_installed_fits_together() -> None:
    assert "No broken requirements" in run(sys.executable, "-m", "pip", "check").stdout


@pytest.mark.processes
@pytest.mark.parametrize("python_path", [{}, {"PYTHONPATH": "."}], ids=["plain", "PYTHONPATH=."])
def test_a_project_with_packages_of_our_names_runs_its_tests_and_its_cases_beside_the_wheel(
    python_path: dict[str, str], venv: Path, store: Path, tmp_path: Path
) -> None:
    guest = tmp_path / "guest"
    for name, content in GUEST.items():
        (guest / name).parent.mkdir(parents=True, exist_ok=True)
        (guest / name).write_text(content)
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-m", "pytest", "-rA", "--onrecord-store", str(store)],
        cwd=guest,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | python_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
    assert "PASSED tests/guest.answers.yaml::ship" in done.stdout
    assert "expected “Titanic” in the answer" in done.stdout and "Traceback" not in done.stdout

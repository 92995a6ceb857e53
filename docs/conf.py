"""How the site is built: `make docs`.

Coming in: the pages in this folder and the docstrings. Going out: HTML that asks nobody else for anything.
Decided elsewhere: the versions of what builds it (requirements/docs.lock).
"""

import __future__

import sys
from pathlib import Path
from tomllib import loads
from types import ModuleType

ROOT = Path(__file__).parent.parent
VERSION = loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def stand_in(name: str, stub: Path) -> None:
    """Make a module of a stub, in the place of the compiled one: its docstrings are there.

    Thus the site is built without a Rust toolchain.
    """
    module = ModuleType(name)
    module.__dict__["__version__"] = VERSION
    exec(compile(stub.read_text(), stub, "exec", __future__.annotations.compiler_flag), module.__dict__)
    sys.modules[name] = module


sys.path.insert(0, str(ROOT / "python"))
stand_in("pydantic_flow._core", ROOT / "python/pydantic_flow/_core.pyi")

project = "pydantic-flow"
copyright = "pydantic-flow contributors"
version = release = VERSION

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_site"]
html_theme = "furo"
html_title = f"pydantic-flow {VERSION}"
html_copy_source = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False

# What only some rooms need: their docstrings are read without it.
autodoc_mock_imports = ["pydantic_ai", "opentelemetry"]

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True}
napoleon_numpy_docstring = False
napoleon_use_ivar = True

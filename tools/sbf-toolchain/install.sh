#!/bin/bash
# Installs the tool chain into $SBF_TOOLCHAIN (default: ~/.cache/psyche/sbf-toolchain),
# apt packages in the versions of packages.txt. A second run does nothing.
# install.sh --versions: what is installed, as JSON, and installs nothing.
set -euo pipefail
kit=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
prefix=${SBF_TOOLCHAIN:-${XDG_CACHE_HOME:-$HOME/.cache}/psyche/sbf-toolchain}
mapfile -t packages < <(grep -v '^#' "$kit/packages.txt")
decisive=(rustc-web rust-web-src llvm-22)

# Version of an installed package, or nothing.
installed() { { dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null || true; } | sed -n 's/^installed //p'; }
kit_hash() { (cd "$kit" && LC_ALL=C && sha256sum src/* bin/* | sha256sum | cut -c1-64); }

if [ "${1:-}" = --versions ]; then
  printf '{"kit":"%s","packages":{' "$(kit_hash)"
  comma=
  for p in "${decisive[@]}"; do printf '%s"%s":"%s"' "$comma" "$p" "$(installed "$p")"; comma=,; done
  printf '}}\n'
  exit
fi

# An installed package stays as it is, whatever its version: it may be the
# machine's own. Only what is missing is installed, as pinned.
missing=()
for p in "${packages[@]}"; do
  have=$(installed "${p%%=*}")
  if [ -z "$have" ]; then
    missing+=("$p")
  elif [[ $p == *=* && $have != "${p#*=}" ]]; then
    echo "tool chain changed: ${p%%=*} is $have here, the committed programs were built with ${p#*=}" >&2
  fi
done
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo "this tool chain needs Debian 12's packages: ${missing[*]}; without apt-get use Solana's own (anchor build)" >&2; exit 1; }
  echo "installing ${missing[*]}"
  sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -q
  if ! $sudo apt-get install -qy --no-install-recommends "${missing[@]}"; then
    echo "tool chain changed: the package sources no longer have ${missing[*]}; installing the versions they have" >&2
    $sudo apt-get install -qy --no-install-recommends "${missing[@]%%=*}"
  fi
fi

version=$(for p in "${decisive[@]}"; do echo "$p=$(installed "$p")"; done)
stamp=$({ kit_hash; echo "$version"; } | sha256sum | cut -c1-64)
if [ "$(cat "$prefix/stamp" 2>/dev/null)" != "$stamp" ]; then
  echo "building the tool chain into $prefix"
  new=$prefix.new.$$
  trap 'rm -rf "$new"' EXIT
  mkdir -p "$new"/{bin,lib,rust-src}
  cp "$kit"/bin/* "$new/bin/"
  cp "$kit"/src/{sbf-ld,sbf-rustc,sbpf-solana-solana.json} "$new/lib/"
  cp "$kit/src/sbpf-solana-solana.json" "$new/lib/sbpfv3-solana-solana.json" # the name tells versions apart
  chmod +x "$new"/bin/* "$new/lib/sbf-ld" "$new/lib/sbf-rustc"
  # LLVM is built without RTTI; the plugin must match.
  g++ -O1 -fPIC -shared -fno-rtti -std=c++17 -isystem "$(llvm-config-22 --includedir)" \
    -o "$new/lib/sbf-abi.so" "$kit/src/sbf-abi.cpp"
  /usr/bin/rustc --edition 2021 -O -o "$new/lib/sbf-elf" "$kit/src/sbf-elf.rs"
  # rust-web-src: /usr/src/rustc-<version>/library
  src=$(dpkg -L rust-web-src | grep -x '/usr/src/rustc-[^/]*/library')
  cp -r "$src" "$new/rust-src/library"
  python3 "$kit/src/patch-std.py" "$new/rust-src/library"
  echo "$stamp" > "$new/stamp"
  rm -rf "$prefix"
  mkdir -p "$(dirname "$prefix")"
  mv "$new" "$prefix"
fi
echo "the tool chain is in $prefix"

#!/bin/sh
# rootfs.sh DIR: puts into DIR all that the image holds: Node with the libraries it is linked with, the bundle, and
# koffi's native file for this machine. The Dockerfile runs it, and so does a test, which starts what comes of it.
#
# Every file gets the time SOURCE_DATE_EPOCH (0 when unset), so that two builds of one commit are equal byte by byte.
set -eu
root=${1:?usage: rootfs.sh DIR}
project=$(cd "$(dirname "$0")/../.." && pwd)
node=$(readlink -f "$(command -v node)")

# as PATH: copies the file to its own place below the root, links followed.
place() {
  mkdir -p "$root$(dirname "$2")"
  cp -L "$1" "$root$2"
}

place "$node" /usr/local/bin/node
# "libm.so.6 => /lib/libm.so.6 (0x…)", and the loader: "/lib64/ld-linux-x86-64.so.2 (0x…)".
ldd "$node" | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p' | while read -r library; do
  place "$library" "$library"
done
# Names of hosts are looked up by these, which no program is linked with.
for name in libnss_dns.so.2 libnss_files.so.2 libresolv.so.2; do
  for folder in /lib/*-linux-gnu; do
    if [ -e "$folder/$name" ]; then place "$folder/$name" "$folder/$name"; fi
  done
done

# The program, and what its threads run: its own, and one for each plugin that is a module.
for script in herald poll-loop plugin-worker; do
  place "$project/dist/$script.js" "/herald/$script.js"
done
case $(uname -m) in
  x86_64) native=linux_x64 ;;
  aarch64) native=linux_arm64 ;;
  *) echo "rootfs.sh: found the machine $(uname -m), allowed: x86_64, aarch64" >&2; exit 1 ;;
esac
mkdir -p "$root/herald/koffi/$native"
cp "$project/dist/koffi/$native/"* "$root/herald/koffi/$native/"
mkdir -p "$root/usr/local/bin" "$root/var/lib/herald" "$root/etc/herald"
ln -sf /herald/herald.js "$root/usr/local/bin/kubectl-herald"

chmod -R u=rwX,go=rX "$root"
chmod 755 "$root/herald/herald.js"
find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +

#!/bin/sh
# Both bases from Debian packages, as archives in the files $4 (with Python) and $5 (with PostgreSQL).
# Works in memory, in a mount namespace of its own: nothing is left, however it ends.
set -eu
suite=$1 mirror=$2 room=$3 python=$4 postgres=$5

pack() {
  tar -C "$room/root" --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' --exclude='./tmp/*' --exclude='./run/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/i18n/*' \
    --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' --exclude='./var/log/*' --exclude='./var/lib/postgresql/*' \
    --exclude='*/libLLVM*' --exclude='*/llvmjit*' --exclude='*/libz3*' -c .
}

mount -t tmpfs -o size=2g localnet "$room"
echo "localnet: unpacking Debian $suite from $mirror, with Python"
debootstrap --variant=minbase --include=python3,ca-certificates "$suite" "$room/root" "$mirror"
ln -s python3 "$room/root/usr/bin/python"
pack > "$python"

echo "localnet: adding PostgreSQL"
printf '#!/bin/sh\nexit 101\n' > "$room/root/usr/sbin/policy-rc.d"
chmod 755 "$room/root/usr/sbin/policy-rc.d"
DEBIAN_FRONTEND=noninteractive chroot "$room/root" apt-get install -q -y --no-install-recommends \
  -o Dpkg::Options::=--force-unsafe-io postgresql
pack > "$postgres"

#!/usr/bin/env bash
# Builds a small Debian 12 guest with real OpenZFS, from Debian packages alone:  build.sh FLAVOUR FOLDER
#   backports  OpenZFS 2.3 (bookworm-backports)      stable  OpenZFS 2.1 (bookworm, contrib)
# Makes FOLDER/{root.ext4,vmlinuz,initrd.img,id_ed25519,host_key,versions}. Needs root. About four minutes on two cores.
# Whoever calls it names the folder after the hash of this file: a change here makes a new image.
set -euo pipefail
flavour=$1 target=$2
[ "$(id -u)" = 0 ] || { echo "building the guest needs root" >&2; exit 1; }
for tool in mmdebstrap mkfs.ext4 ssh-keygen; do
  command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 1; }
done
mkdir -p "$(dirname "$target")"
# One builder at a time; who waited finds it done.
exec 9>"$(dirname "$target")/lock"
flock 9
[ ! -e "$target/versions" ] || exit 0
work=$(mktemp -d "$target.XXXXXX")
trap 'mountpoint -q "$work/builder/proc" && umount "$work/builder/proc"; rm -rf "$work"' EXIT

# The mirror that this machine's own apt uses, and no other.
uris=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null || true)
mirror() { grep -oE "https?://[^ ]+/$1/?( |\$)" <<<"$uris" | head -n 1 | tr -d ' ' | sed 's:/$::'; }
main=$(mirror debian || true) security=$(mirror debian-security || true)
[ -n "$main" ] || { echo "no Debian mirror in this machine's apt sources" >&2; exit 1; }
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
{
  for suite in bookworm bookworm-updates; do echo "deb [signed-by=$keyring] $main $suite main contrib"; done
  [ -z "$security" ] || echo "deb [signed-by=$keyring] $security bookworm-security main contrib"
  [ "$flavour" = stable ] || echo "deb [signed-by=$keyring] $main bookworm-backports main contrib"
} >"$work/sources.list"
: >"$work/preferences"
[ "$flavour" = stable ] || cat >"$work/preferences" <<'PIN'
Package: src:zfs-linux zfs-dkms zfsutils-linux libnvpair3linux libuutil3linux libzfs6linux libzpool6linux
Pin: release n=bookworm-backports
Pin-Priority: 990
PIN
common=(--mode=root --variant=apt --architectures=amd64 --keyring="$keyring"
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"'
  --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Check-Date "false"'
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt=force-unsafe-io
  --setup-hook="mkdir -p \"\$1/etc/apt/preferences.d\"; cp $work/preferences \"\$1/etc/apt/preferences.d/zfs\"")

# Its kernel modules are compiled in a chroot of their own: the guest carries neither compiler nor headers.
build_modules() {
  mmdebstrap "${common[@]}" --include=linux-headers-cloud-amd64,gcc,make,libc6-dev,libelf-dev,kmod,dkms \
    --customize-hook='chroot "$1" sh -c "cd /opt && apt-get download zfs-dkms"' \
    bookworm "$work/builder" "$work/sources.list"
  local kernel
  kernel=$(ls "$work/builder/usr/src" | sed -n 's/^linux-headers-\(.*-cloud-amd64\)$/\1/p' | head -n 1)
  # Unpacked only: the package's own script would build for every kernel it sees.
  cat >"$work/builder/compile.sh" <<X
set -e; export DEBIAN_FRONTEND=noninteractive
dpkg --unpack /opt/zfs-dkms_*.deb
version=\$(dpkg-query -W -f='\${Version}' zfs-dkms); version=\${version%%-*}
dkms add -m zfs -v \$version || true
dkms build -m zfs -v \$version -k $kernel -j \$(nproc)
dkms install -m zfs -v \$version -k $kernel --force
X
  mount -t proc proc "$work/builder/proc"
  chroot "$work/builder" /bin/bash /compile.sh
  umount "$work/builder/proc"
}
build_modules >"$work/modules.log" 2>&1 &
compiling=$!

packages=linux-image-cloud-amd64,initramfs-tools,zstd,systemd-sysv,udev,dbus,kmod,iproute2,openssh-server,zfsutils-linux
packages+=,procps,acl,attr,fdisk,e2fsprogs,netbase
mmdebstrap "${common[@]}" --include="$packages" bookworm "$work/root" "$work/sources.list" >"$work/root.log" 2>&1 ||
  { tail -n 30 "$work/root.log" >&2; exit 1; }
wait "$compiling" || { tail -n 40 "$work/modules.log" >&2; exit 1; }

root=$work/root kernel=$(ls "$work/root/lib/modules" | grep cloud | head -n 1)
mkdir -p "$root/lib/modules/$kernel/updates/dkms"
cp "$work/builder/lib/modules/$kernel/updates/dkms/"*.ko* "$root/lib/modules/$kernel/updates/dkms/"
chroot "$root" depmod "$kernel"
echo zfs >"$root/etc/modules-load.d/zfs.conf"
echo "options zfs zfs_arc_max=268435456" >"$root/etc/modprobe.d/zfs.conf"
printf '\x01\x0a\xb0\x00' >"$root/etc/hostid"
echo zfs-vm >"$root/etc/hostname"
echo "127.0.0.1 localhost zfs-vm" >"$root/etc/hosts"
echo "/dev/vda / ext4 noatime,errors=remount-ro 0 1" >"$root/etc/fstab"
printf '[Match]\nType=ether\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' \
  >"$root/etc/systemd/network/10-lab.network"
chroot "$root" systemctl enable systemd-networkd ssh >/dev/null 2>&1
chroot "$root" systemctl mask systemd-networkd-wait-online apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_reap e2scrub_all.timer fstrim.timer systemd-timesyncd getty@tty1 systemd-pstore >/dev/null 2>&1
mkdir "$work/out"
ssh-keygen -q -t ed25519 -N '' -C zfs-vm -f "$work/out/id_ed25519"
install -d -m 0700 "$root/root/.ssh"
install -m 0600 "$work/out/id_ed25519.pub" "$root/root/.ssh/authorized_keys"
cut -d ' ' -f 1,2 "$root/etc/ssh/ssh_host_ed25519_key.pub" >"$work/out/host_key"
printf 'PermitRootLogin prohibit-password\nUseDNS no\nPasswordAuthentication no\nMaxSessions 50\nMaxStartups 50\n' \
  >"$root/etc/ssh/sshd_config.d/lab.conf"
# Its initrd holds only what finds the disk of the system.
printf 'MODULES=list\nCOMPRESS=zstd\nBUSYBOX=n\n' >"$root/etc/initramfs-tools/conf.d/lab"
printf 'virtio_pci\nvirtio_blk\n' >>"$root/etc/initramfs-tools/modules"
chroot "$root" update-initramfs -u -k "$kernel" >/dev/null 2>&1
cp "$root/boot/vmlinuz-$kernel" "$work/out/vmlinuz"
cp "$root/boot/initrd.img-$kernel" "$work/out/initrd.img"
rm -rf "$root/boot/"* "$root/var/lib/apt/lists/"* "$root/var/cache/apt/"*.bin "$root/var/log/"*.log
truncate -s 2G "$work/out/root.ext4"
mkfs.ext4 -q -F -O ^has_journal -m 0 -d "$root" "$work/out/root.ext4"
{ echo "kernel $kernel"; chroot "$root" dpkg-query -W zfsutils-linux; } >"$work/out/versions"
rm -rf "$target"
mv "$work/out" "$target"

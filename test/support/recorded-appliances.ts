/** The index of templates that was written by hand for the transcript; its checksums are wrong on purpose. */
export const APPLIANCES = `Package: alpine-3.20-default
Version: 20240908
Type: lxc
OS: alpine
Section: system
Maintainer: x
Architecture: amd64
Location: system/alpine-3.20-default_20240908_amd64.tar.gz
sha512sum: 00
Infopage: http://x
Description: LXC default
 lines

Package: debian-12-standard
Version: 12.8-1
Type: lxc
OS: debian-12
Section: system
Maintainer: x
Architecture: amd64
Location: system/debian-12-standard_12.8-1_amd64.tar.zst
sha512sum: 00
Infopage: http://x
Description: Debian 12
 lines
`;

#!/bin/sh
# deb.sh VERSION - build/spotop_VERSION_ARCH.deb out of `make install`, by dpkg's own tools alone.
# The services are installed and not enabled: they need a login in /etc/spotop first.
set -eu
version=$1
arch=$(dpkg --print-architecture)
top=$(pwd) here=views/deb root=build/deb/spotop
rm -rf build/deb
umask 022
# The same tree gives the same package, letter by letter.
SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -l $here/changelog -S Timestamp)
export SOURCE_DATE_EPOCH
[ "$(dpkg-parsechangelog -l $here/changelog -S Version)" = "$version" ] || {
	echo "$here/changelog does not begin with $version" >&2
	exit 1
}
# The licence stands in the README, under its heading.
licence() { sed '1,/^## Licence$/d; /^## /,$d' README.md; }
[ -n "$(licence | grep '^Copyright (c) ')" ] || {
	echo "README.md has no licence under '## Licence'" >&2
	exit 1
}
mkdir -p "$root/DEBIAN" "$root/usr/share/doc/spotop" build/deb/debian

make -s install DESTDIR="$top/$root" PREFIX=/usr
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/spotop"
gzip -9n "$root/usr/share/man/man1/spotop.1"
gzip -9nc >"$root/usr/share/doc/spotop/changelog.gz" <$here/changelog
{
	echo "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"
	echo "Upstream-Name: spotop"
	echo
	echo "Files: *"
	licence | sed -n 's/^Copyright (c) /Copyright: /p'
	echo "License: Expat"
	licence | sed '1,/^Copyright/d' | sed '1{/^$/d}' | sed 's/^$/./; s/^/ /'
} >"$root/usr/share/doc/spotop/copyright"

# The libraries by the symbols that the program uses, with the versions that have them.
: >build/deb/debian/control
depends=$(cd build/deb && dpkg-shlibdeps -O -e"spotop/usr/bin/spotop" 2>/dev/null | sed 's/^shlibs:Depends=//')
cat >"$root/DEBIAN/control" <<EOF
Package: spotop
Version: $version
Section: admin
Priority: optional
Architecture: $arch
Maintainer: spotop maintainers <maintainers@spotop.example>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: mariadb-server-core, mariadb-client-core
Suggests: curl, jq, mariadb-client, prometheus, tmux
Description: operations console for fleets of spot instances
 Shows a fleet of AWS spot instances, which agents run from a MariaDB
 database, in a full-screen console: who is unhealthy and why, what the fleet
 costs and saves. Moves agents between pools by hand, each command exactly
 once, guarded, and watched to its end.
 .
 Every view and verb is a command too, in JSON and CSV. The package brings
 the scheduled jobs and the event stream as services, which are not enabled
 by themselves, and what Prometheus, Grafana, Nagios, Icinga, Slack and
 PagerDuty need.
EOF
# What an administrator fills in stays as it is when the package is replaced.
(cd "$root" && find etc -type f -printf '/%p\n' | sort) >"$root/DEBIAN/conffiles"
install -m 755 $here/postinst $here/prerm $here/postrm "$root/DEBIAN/"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
dpkg-deb --root-owner-group -Zxz --build "$root" "build/spotop_${version}_$arch.deb"

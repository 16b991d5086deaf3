# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A private apt, so that resolving and fetching never read or change the
# packages of the build host.  Sourced by mk/lock and mk/fetch.
#
# The mirror is the one in the host's own apt sources.  MIRROR=URL (the part
# before /dists or /pool) overrides it; MIRROR_SECURITY=URL the security
# archive's, by default the sibling "debian-security" of MIRROR.

SUITE=trixie
COMPONENTS="main contrib non-free-firmware"
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

die() { echo "socle: $*" >&2; exit 1; }
say() { printf '  %-7s %s\n' "$1" "$2"; }

# The base URL of the host's archive whose path ends in $1.
host_site() {
	# shellcheck disable=SC2016 # expanded by apt
	env -u APT_CONFIG apt-get indextargets --format '$(SITE)' 2>/dev/null |
		sed 's,/*$,,' | grep -m1 "/$1\$" || true
}

apt_mirrors() {
	if [ -n "${MIRROR:-}" ]; then
		MIRROR=${MIRROR%/}
		MIRROR_SECURITY=${MIRROR_SECURITY:-${MIRROR%/*}/debian-security}
	else
		MIRROR=$(host_site debian)
		[ -n "$MIRROR" ] || die "no Debian archive in this machine's apt sources; set MIRROR=URL"
		MIRROR_SECURITY=${MIRROR_SECURITY:-$(host_site debian-security)}
		MIRROR_SECURITY=${MIRROR_SECURITY:-${MIRROR%/*}/debian-security}
	fi
	MIRROR_SECURITY=${MIRROR_SECURITY%/}
}

# apt_root DIR: make DIR an apt root that knows the suites and no package.
apt_root() {
	local root=$1 by="[signed-by=$KEYRING]" type
	[ -r "$KEYRING" ] || die "$KEYRING is missing: install debian-archive-keyring"
	mkdir -p "$root"/{lists/partial,cache/archives/partial,etc/apt.conf.d,etc/preferences.d}
	: > "$root/status"
	for type in deb deb-src; do
		echo "$type $by $MIRROR $SUITE $COMPONENTS"
		echo "$type $by $MIRROR $SUITE-updates $COMPONENTS"
		echo "$type $by $MIRROR_SECURITY $SUITE-security $COMPONENTS"
	done > "$root/etc/sources.list"
	cat > "$root/apt.conf" <<-X
	Dir::State "$root";
	Dir::State::status "$root/status";
	Dir::Cache "$root/cache";
	Dir::Etc "$root/etc";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Install-Recommends "false";
	APT::Get::Assume-Yes "true";
	APT::Sandbox::User "";
	Acquire::Languages "none";
	Acquire::ForceHash "SHA256";
	X
	export APT_CONFIG=$root/apt.conf
}

# apt_update: fetch the signed indexes of the suites.
apt_update() {
	say INDEX "$SUITE, $SUITE-updates, $SUITE-security"
	apt-get -q update > "$1/update.log" 2>&1 || {
		tail -n 5 "$1/update.log" >&2
		die "the package indexes cannot be read"
	}
	! grep -q '^[WE]:' "$1/update.log" || {
		grep '^[WE]:' "$1/update.log" >&2
		die "the package indexes cannot be trusted"
	}
}

# apt_lines: turn apt's --print-uris output into "file sha256 size path" lines,
# the path relative to the parent of both archives, or that of a local file.
apt_lines() {
	sed -nE "s|^'$MIRROR/([^']+)' ([^ ]+) ([0-9]+) SHA256:([0-9a-f]{64})\$|\2 \4 \3 debian/\1|p
		s|^'$MIRROR_SECURITY/([^']+)' ([^ ]+) ([0-9]+) SHA256:([0-9a-f]{64})\$|\2 \4 \3 debian-security/\1|p
		s|^'copy:([^']+)' ([^ ]+) ([0-9]+) SHA256:([0-9a-f]{64})\$|\2 \4 \3 \1|p"
}

# path_url PATH: where a path of a lock file is found today.
path_url() {
	case $1 in
	debian-security/*) echo "$MIRROR_SECURITY/${1#debian-security/}" ;;
	*) echo "$MIRROR/${1#debian/}" ;;
	esac
}

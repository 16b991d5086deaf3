# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by all our programs: errors, buffers, files, processes, command lines.
$(eval $(call library,socle,packages/libsocle,,jansson libcrypto))

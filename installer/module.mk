# SPDX-License-Identifier: GPL-2.0-or-later
# The installer's engine, and the program that runs it.  (libssl: the server of a test.)
$(eval $(call library,installer,installer,kickstart socle,blkid fdisk libudev libcrypt libcurl libnewt libssl))
$(eval $(call program,socle-install,installer,sbin))

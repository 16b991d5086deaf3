# SPDX-License-Identifier: GPL-2.0-or-later
# The installer's engine, and the program that runs it.
$(eval $(call library,installer,installer,kickstart socle,blkid fdisk libudev libcrypt libcurl))
$(eval $(call program,socle-install,installer,sbin))

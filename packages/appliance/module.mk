# SPDX-License-Identifier: GPL-2.0-or-later
# Virtual appliances: packages, descriptors, disk images, import and export.
$(eval $(call library,appliance,packages/appliance,socle,libarchive libxml-2.0 libdeflate libisal libzstd liblzma libseccomp libcurl blkid xenlight xlutil xenstore))

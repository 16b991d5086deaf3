# SPDX-License-Identifier: GPL-2.0-or-later
# libkickstart: kickstart files to typed answers.
$(eval $(call library,kickstart,kickstart,socle,))

# SPDX-License-Identifier: GPL-2.0-or-later
# The command "socle".
$(eval $(call library,soclecmd,packages/socle,netboot installer appliance kickstart socle,xenlight))
$(eval $(call program,socle,soclecmd,bin))

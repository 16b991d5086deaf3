# libkickstart: kickstart files to typed answers.
$(eval $(call library,kickstart,kickstart,socle,))

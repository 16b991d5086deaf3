# Shared by all our programs: errors, buffers, files, processes, command lines.
$(eval $(call library,socle,packages/libsocle,,jansson libcrypto))

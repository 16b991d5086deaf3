# SPDX-License-Identifier: GPL-2.0-or-later
#
# The C programs and libraries, compiled in the build root:
#
#	make -f mk/c.mk MODE=release|check|fuzz O=DIR [all|tests|install]
#
# A module is a folder with a module.mk that calls $(call library,…) or
# $(call program,…); its sources are src/*.c, its tests tests/*.c (one program
# each), its fuzz targets fuzz/*.c.

.DEFAULT_GOAL := all
MODE ?= release
O ?= build/c/$(MODE)
VERSION := $(shell cat versions/socle)

WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wpointer-arith \
	-Wvla -Wformat=2 -Werror
STD := -std=gnu17 -D_GNU_SOURCE -DSOCLE_VERSION='"$(VERSION)"'

CC_release := gcc
CFLAGS_release := -O2 -g0 -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
	-fstack-clash-protection -fcf-protection -fPIE -ffile-prefix-map=$(CURDIR)=.
LDFLAGS_release := -pie -Wl,-z,relro,-z,now -Wl,--as-needed -s

CC_check := gcc
CFLAGS_check := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
LDFLAGS_check := -fsanitize=address,undefined

# clang warns of macros of seccomp.h.
CC_fuzz := clang
CFLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined
WARN_fuzz := -Wno-missing-field-initializers
LDFLAGS_fuzz := -fsanitize=address,undefined

CC := $(CC_$(MODE))
CFLAGS := $(STD) $(CFLAGS_$(MODE)) $(WARN) $(WARN_$(MODE))
LDFLAGS := $(LDFLAGS_$(MODE))

ifeq ($(V),)
  run = @printf '  %-7s %s\n' $(1) $(2);
else
  run =
endif

# In the order of what needs what.
MODULES := packages/libsocle kickstart installer packages/appliance packages/netboot packages/socle
PROGRAMS :=
TESTS :=
FUZZERS :=

# $(call library,NAME,DIR,LIBRARIES,PKG-CONFIG MODULES): lib NAME.a of DIR/src,
# less main.c, which is the program's.
define library
$(1)_DIR := $(2)
$(1)_NEEDS := $(1) $(foreach l,$(3),$($(l)_NEEDS))
$(1)_PKGS := $(4) $(foreach l,$(3),$($(l)_PKGS))
$(1)_CFLAGS := $$(addprefix -I,$$(foreach l,$$($(1)_NEEDS),$$($$(l)_DIR)/include)) -I$(2)/src \
	$$(shell pkg-config --cflags $$($(1)_PKGS))
$(1)_OBJS := $$(patsubst %.c,$$(O)/%.o,$$(filter-out %/main.c,$$(sort $$(wildcard $(2)/src/*.c $(2)/src/*/*.c))))
$$(O)/$(2)/%.o: private CPP := $$($(1)_CFLAGS)
$$(O)/lib$(1).a: $$($(1)_OBJS)
	$$(call run,AR,$$@) rm -f $$@ && ar rcsD $$@ $$^
$(foreach t,$(wildcard $(2)/tests/*.c),$(call linked,$(1),$(patsubst %.c,%,$(t)),cmocka,TESTS))
$(if $(filter fuzz,$(MODE)),$(foreach t,$(wildcard $(2)/fuzz/*.c),$(call linked,$(1),$(patsubst %.c,%,$(t)),,FUZZERS)))
endef

# $(call linked,LIBRARY,PATH,MORE PKG-CONFIG MODULES,LIST): link PATH.o with the
# library and all that it needs.
define linked
$(4) += $$(O)/$(2)
$$(O)/$(2): $$(O)/$(2).o $$(foreach l,$$($(1)_NEEDS),$$(O)/lib$$(l).a)
	$$(call run,LD,$$@) $$(CC) $$(CFLAGS) $$(LDFLAGS) $(if $(filter FUZZERS,$(4)),-fsanitize=fuzzer) \
		-o $$@ $$^ $$(shell pkg-config --libs $$($(1)_PKGS) $(3)) $$($(1)_LIBS)

endef

# $(call program,NAME,LIBRARY,SECTION): the program of the library's src/main.c.
define program
PROGRAMS += $(1)
$$(O)/bin/$(1): $$(O)/$$($(2)_DIR)/src/main.o $$(foreach l,$$($(2)_NEEDS),$$(O)/lib$$(l).a)
	@mkdir -p $$(dir $$@)
	$$(call run,LD,$$@) $$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ \
		$$(shell pkg-config --libs $$($(2)_PKGS)) $$($(2)_LIBS)
install:: $$(O)/bin/$(1)
	install -D -m 755 $$< $$(DESTDIR)/usr/$(3)/$(1)
endef

include $(MODULES:%=%/module.mk)

$(O)/%.o: %.c
	@mkdir -p $(dir $@)
	$(call run,CC,$<) $(CC) $(CFLAGS) $(CPP) -MMD -MP -c -o $@ $<

.PHONY: all tests fuzzers install list-tests list-fuzzers
.SECONDARY:
all: $(addprefix $(O)/bin/,$(PROGRAMS))
tests: $(TESTS)
fuzzers: $(FUZZERS)
list-tests:
	@printf '%s\n' $(TESTS)
list-fuzzers:
	@printf '%s\n' $(FUZZERS)

-include $(shell [ ! -d $(O) ] || find $(O) -name '*.d')

# SPDX-License-Identifier: GPL-2.0-or-later

.PHONY: lint format
lint: buildroot ## the sources: form, faults, manuals, sizes, loose ends
	@mk/enter mk/lint

format: buildroot ## lay out the C sources as .clang-format says
	@find kickstart installer packages -name '*.[ch]' | xargs mk/enter clang-format --style=file -i

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_steps.h"

#include <string.h>

static const struct ui_step *find(const struct ui_step *steps, const char *name)
{
	for (const struct ui_step *s = steps; name && s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return steps;
}

static bool applies(const struct ui_step *s, const void *ui)
{
	return !s->applies || s->applies(ui);
}

enum ui_go ui_walk(const struct ui_step *steps, const char *from, void *ui,
		   void (*left)(void *ui, const struct ui_step *step, enum ui_go go))
{
	const struct ui_step *s = find(steps, from), *back;

	while (s->name && !applies(s, ui))
		s++;
	while (s->name) {
		const char *to = NULL;
		enum ui_go go = s->show(ui, s, &to);

		if (left)
			left(ui, s, go);
		switch (go) {
		case UI_NEXT:
			do
				s++;
			while (s->name && !applies(s, ui));
			break;
		case UI_BACK:
			for (back = s; back > steps && !applies(--back, ui);)
				;
			/* Of those before it none may apply. */
			s = applies(back, ui) ? back : s;
			break;
		case UI_AGAIN:
			break;
		case UI_JUMP:
			s = find(steps, to);
			break;
		case UI_END:
		case UI_LOST:
			return go;
		}
	}
	return UI_END;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The image gets a name of its contents; the manifest that names it is replaced as a whole. */
#include "labmanifest.h"
#include "hash.h"
#include "kimage.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IMAGE_MAX (256u << 20)

static json_t *json_strings(const struct strv *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(a, json_string(s->v[i]));
	return a;
}

static json_t *json_bug(const struct bug *b)
{
	json_t *o = json_pack("{s:i s:s s:s s:o s:s s:s s:s s:b}", "number", (int)b->number,
			      "name", b->name, "area", b->area, "files",
			      json_strings(&b->files), "breaks", b->breaks, "undoes", b->undoes,
			      "symptom", b->symptom, "applied", !b->why);

	if (b->why)
		json_object_set_new(o, "why", json_string(b->why));
	return o;
}

static int write_json(const struct lab *l, const char *image, const char *id, double seconds)
{
	char *path = xasprintf("%s/manifest.json", l->out), *text;
	char *full = xasprintf("%s/%s", l->out, image), *release = kimage_release(full);
	json_t *bugs = json_array(), *o;
	int err;

	for (size_t i = 0; i < l->bugs.n; i++)
		json_array_append_new(bugs, json_bug(&l->bugs.v[i]));
	o = json_pack("{s:i s:s s:s s:s s:o s:s s:s s:I s:f s:o}", "schema", LAB_SCHEMA,
		      "version", l->version, "release", release ? release : "?", "source",
		      l->opt.source, "config", json_strings(&l->opt.config), "image", image,
		      "id", id, "time", (json_int_t)time(NULL), "seconds", seconds, "bugs",
		      bugs);
	text = o ? json_dumps(o, JSON_INDENT(1)) : NULL;
	err = text ? file_write(path, text, strlen(text)) : -1;
	free(text);
	json_decref(o);
	free(release);
	free(full);
	free(path);
	return err ? -1 : 0;
}

static void remove_others(const struct lab *l, const char *image)
{
	struct dirent *e;
	DIR *d = opendir(l->out);

	while (d && (e = readdir(d))) {
		char *path = xasprintf("%s/%s", l->out, e->d_name);

		if (!strncmp(e->d_name, "bzImage-", 8) && strcmp(e->d_name, image))
			unlink(path);
		free(path);
	}
	if (d)
		closedir(d);
}

int labmanifest_write(const struct lab *l, double seconds)
{
	char *from = xasprintf("%s/obj/arch/x86/boot/bzImage", l->dir), *to, *image;
	char id[HASH_NAME];
	struct hash h;
	size_t len = 0;
	char *data = file_read(from, IMAGE_MAX, &len);
	int err = -1;

	hash_init(&h);
	hash_add(&h, data ? data : "", len);
	hash_name(&h, id);
	image = xasprintf("bzImage-%.16s", id);
	to = xasprintf("%s/%s", l->out, image);
	if (!data)
		mg_error("the build made no image: %s: %s", from, strerror(errno));
	else if (!access(to, R_OK) || (!mkdirs(l->out) && !file_write(to, data, len)))
		err = write_json(l, image, id, seconds);
	if (!err)
		remove_others(l, image);
	free(data);
	free(to);
	free(image);
	free(from);
	return err;
}

static void mark_bugs(struct lab *l, const json_t *list)
{
	for (size_t i = 0; i < l->bugs.n; i++) {
		struct bug *b = &l->bugs.v[i];
		const char *why = "the kernel was built without it";
		json_t *o;
		size_t j;

		json_array_foreach(list, j, o)
		{
			if (json_integer_value(json_object_get(o, "number")) != b->number)
				continue;
			why = json_string_value(json_object_get(o, "why"));
			break;
		}
		free(b->why);
		b->why = why ? xstrdup(why) : NULL;
	}
}

static char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return xstrdup(s ? s : "");
}

int labmanifest_read(struct lab *l, struct lab_image *image)
{
	char *path = xasprintf("%s/manifest.json", l->out), *name = NULL;
	json_t *o = json_load_file(path, 0, NULL);
	int err = -1;

	*image = (struct lab_image){ 0 };
	if (o && json_integer_value(json_object_get(o, "schema")) == LAB_SCHEMA) {
		name = text_of(o, "image");
		image->path = xasprintf("%s/%s", l->out, name);
		image->id = text_of(o, "id");
		image->release = text_of(o, "release");
		err = safe_component(name) && !access(image->path, R_OK) ? 0 : -1;
	}
	if (err)
		mg_error("there is no lab kernel %s yet; make one with 'mmguard lab build "
			 "--source %s'",
			 l->name, l->opt.source);
	else
		mark_bugs(l, json_object_get(o, "bugs"));
	free(name);
	json_decref(o);
	free(path);
	return err;
}

void lab_image_free(struct lab_image *image)
{
	free(image->path);
	free(image->id);
	free(image->release);
}

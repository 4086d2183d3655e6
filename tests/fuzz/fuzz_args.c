/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any words as the command line, any as the environment, with a library of
 * our own beneath that takes what it is given: a refusal is told in a line,
 * and what was understood, written out in full, is understood again.
 *
 * Input: words, a zero behind each; an empty one ends the command line, and
 * what follows is the environment.
 */
#include <rudder/rudder.h>

#include "args.h"
#include "fuzz.h"

extern char **environ;

#define WORDS 32

/* ---- A library ------------------------------------------------------------- */

static const struct rudder_option table[] = {
	{ .name = "registry", .help = "one" },
	{ .name = "backend", .help = "two" },
	{ .name = "module-dir", .help = "three" },
	{ .name = "iface", .help = "four" },
	{ .name = "etcd-prefix", .help = "five" },
	{ .name = "port", .type = RUDDER_NUMBER, .help = "six" },
	{ .name = "rx-check", .type = RUDDER_BOOL, .help = "seven" },
	{ 0 },
};
#define OPTIONS (sizeof(table) / sizeof(table[0]) - 1)

struct rudder {
	char *values[OPTIONS];
	bool loaded;
};

int
rudder_load(struct rudder *r)
{
	r->loaded = true;
	return 0;
}

int
rudder_set(struct rudder *r, const char *name, const char *value)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		must(i > 2 || !r->loaded);
		free(r->values[i]);
		r->values[i] = strdup(value);
		must(r->values[i] != NULL);
		return 0;
	}
	must(false);
	return RUDDER_EOPTION;
}

const struct rudder_option *
rudder_option_next(struct rudder *r, const struct rudder_option *prev)
{
	const struct rudder_option *o = prev == NULL ? table : prev + 1;

	must(r->loaded);
	return o->name == NULL ? NULL : o;
}

const char *
rudder_why(const struct rudder *r)
{
	(void)r;
	return "no reason";
}

static void
fini(struct rudder *r)
{
	for (size_t i = 0; i < OPTIONS; i++)
		free(r->values[i]);
}

/* ---- One command line ------------------------------------------------------- */

struct line {
	char *argv[2 + WORDS];
	int argc;
	char *env[1 + WORDS];
};

/* What it said on the standard error; to be freed. */
static char *
read_line(struct args *a, struct rudder *r, struct line *l, int *rc)
{
	char **environment = environ, *said = NULL;
	FILE *real = stderr;
	size_t size = 0;

	stderr = open_memstream(&said, &size);
	must(stderr != NULL);
	environ = l->env;
	*rc = args_read(a, r, l->argc, l->argv);
	environ = environment;
	fclose(stderr);
	stderr = real;
	return said;
}

static char *
pair(const char *name, const char *value)
{
	char *text;

	must(asprintf(&text, "-%s=%s", name, value) >= 0);
	return text;
}

static void
check_again(const struct args *a, const struct rudder *r)
{
	struct line l = { .argv = { "rudder" }, .argc = 1 };
	struct rudder again = { 0 };
	struct args b;
	char *said;
	int rc;

	for (size_t i = 0; i < OPTIONS; i++)
		if (r->values[i] != NULL)
			l.argv[l.argc++] = pair(table[i].name, r->values[i]);
	l.argv[l.argc++] = pair("subnet-file", a->subnet_file);
	l.argv[l.argc++] = pair("help", a->help ? "true" : "false");
	l.argv[l.argc++] = pair("version", a->version ? "true" : "false");
	said = read_line(&b, &again, &l, &rc);
	must(rc == 0 && said[0] == '\0');
	must(strcmp(b.subnet_file, a->subnet_file) == 0);
	must(b.help == a->help && b.version == a->version);
	for (size_t i = 0; i < OPTIONS; i++) {
		must((r->values[i] == NULL) == (again.values[i] == NULL));
		must(r->values[i] == NULL ||
		     strcmp(r->values[i], again.values[i]) == 0);
	}
	while (l.argc > 1)
		free(l.argv[--l.argc]);
	free(said);
	fini(&again);
}

static void
run(struct line *l)
{
	struct rudder r = { 0 };
	struct args a;
	int rc;
	char *said = read_line(&a, &r, l, &rc);

	if (rc == 0) {
		must(a.subnet_file != NULL && a.subnet_file[0] != '\0');
		check_again(&a, &r);
	} else {
		must(rc == RUDDER_EOPTION);
		must(said[0] != '\0' && said[strlen(said) - 1] == '\n');
	}
	free(said);
	fini(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct line l = { .argv = { "rudder" }, .argc = 1 };
	char *word;
	int n = 0;

	while (size > 0 && l.argc <= WORDS) {
		word = fuzz_take(&data, &size);
		if (word[0] == '\0') {
			free(word);
			break;
		}
		l.argv[l.argc++] = word;
	}
	while (size > 0 && n < WORDS)
		l.env[n++] = fuzz_take(&data, &size);
	run(&l);
	while (l.argc > 1)
		free(l.argv[--l.argc]);
	while (n > 0)
		free(l.env[--n]);
	return 0;
}

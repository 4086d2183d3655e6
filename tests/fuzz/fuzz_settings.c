/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any texts as the options that say where etcd is and below which key: a
 * refusal says which option it is about and shows no password; what is taken
 * is clean, and is taken again.
 *
 * Input: a byte that says which are set; their texts, a zero behind each.
 */
#include "../etcd2/env.h"
#include "fuzz.h"
#include "settings.h"

#define OPTIONS 3

static const char *const names[OPTIONS] = { "etcd-endpoint", "etcd-endpoints",
	"etcd-prefix" };

static int
read_settings(struct settings *s, struct test_env *t, char *const *values)
{
	size_t n = 0;

	*t = (struct test_env){ 0 };
	for (size_t i = 0; i < OPTIONS; i++) {
		if (values[i] == NULL)
			continue;
		t->options[n].name = names[i];
		t->options[n++].value = values[i];
	}
	test_env_init(t, NULL);
	return settings_read(s, &t->env);
}

static void
check_refusal(const struct test_env *t, int rc)
{
	const char *name = NULL;

	must(rc == RUDDER_EOPTION);
	must(t->lines[RUDDER_ERROR] == 1);
	for (size_t i = 0; i < OPTIONS; i++)
		if (strstr(t->line, names[i]) != NULL)
			name = names[i];
	must(name != NULL);
}

static void
check_url(const char *url)
{
	must(strncasecmp(url, "http://", 7) == 0 ||
	     strncasecmp(url, "https://", 8) == 0);
	must(url[strlen(url) - 1] != '/');
	must(strpbrk(url, "?# ,\\\t\r\n") == NULL);
}

/* As etcd has it: slashes before each part and none at the end. */
static void
check_keys(const struct settings *s)
{
	must(s->config[0] == '/' && s->subnets[0] == '/');
	must(strstr(s->config, "//") == NULL);
	must(strlen(s->config) >= strlen("/config"));
	must(strcmp(s->config + strlen(s->config) - 7, "/config") == 0);
	must(strcmp(s->subnets + strlen(s->subnets) - 8, "/subnets") == 0);
	must(strncmp(s->url, "/v2/keys", 8) == 0);
	for (const char *p = s->url; *p != '\0'; p++)
		must(*p > ' ' && *p < 0x7f && strchr("?#", *p) == NULL);
}

/* The list that came of it means the same list. */
static void
check_again(const struct settings *s, char *prefix)
{
	char *values[OPTIONS] = { NULL, NULL, prefix }, *list = NULL;
	size_t size = 0;
	struct settings again;
	struct test_env t;
	FILE *f = open_memstream(&list, &size);

	must(f != NULL);
	for (size_t i = 0; i < s->endpoints.n; i++)
		fprintf(f, "%s%s", i > 0 ? "," : "", s->endpoints.all[i].url);
	fclose(f);
	values[1] = list;
	must(read_settings(&again, &t, values) == 0);
	must(again.endpoints.n == s->endpoints.n);
	for (size_t i = 0; i < again.endpoints.n; i++)
		must(strcmp(again.endpoints.all[i].url,
			 s->endpoints.all[i].url) == 0);
	must(strcmp(again.url, s->url) == 0);
	settings_fini(&again);
	free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t given = fuzz_byte(&data, &size);
	char *texts[OPTIONS], *values[OPTIONS];
	struct settings s;
	struct test_env t;
	int rc;

	for (size_t i = 0; i < OPTIONS; i++) {
		texts[i] = fuzz_take(&data, &size);
		values[i] = given & 1 << i ? texts[i] : NULL;
	}
	rc = read_settings(&s, &t, values);
	if (rc < 0) {
		check_refusal(&t, rc);
	} else {
		must(s.endpoints.n > 0);
		for (size_t i = 0; i < s.endpoints.n; i++)
			check_url(s.endpoints.all[i].url);
		check_keys(&s);
		check_again(&s, values[2]);
	}
	settings_fini(&s);
	for (size_t i = 0; i < OPTIONS; i++)
		free(texts[i]);
	return 0;
}

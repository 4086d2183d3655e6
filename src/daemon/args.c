/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "args.h"

extern char **environ;

#define NAME_MAX_LEN 64

/* The program's own; and without a help, what has none: glog's flags, which
 * unit files of the family carry, and the short form of -help. */
enum own_option {
	SUBNET_FILE,
	STATE_DIR,
	CONTROL_SOCKET,
	HEALTHZ_LISTEN,
	IP_MASQ,
	FORWARD_ACCEPT,
	KEEP_PORTS,
	VERBOSITY,
	HELP,
	SHOW_VERSION,
	JSON,
	H,
	GLOG
};

static const struct rudder_option own[] = {
	[SUBNET_FILE] = { .name = "subnet-file",
	    .def = "/run/rudder/subnet.env",
	    .value = "path",
	    .help = "where the lease is written, for Docker and CNI" },
	[STATE_DIR] = { .name = "state-dir",
	    .def = "/var/lib/rudder",
	    .value = "path",
	    .help = "where the subnet is kept for the next start; empty: "
		    "nowhere" },
	[CONTROL_SOCKET] = { .name = "control-socket",
	    .def = "/run/rudder/rudder.sock",
	    .value = "path",
	    .help = "where \"rudder status\" asks; empty: nowhere" },
	[HEALTHZ_LISTEN] = { .name = "healthz-listen",
	    .value = "address:port",
	    .help = "where /healthz, /readyz, /metrics and /status are; "
		    "nowhere without it" },
	[IP_MASQ] = { .name = "ip-masq",
	    .type = RUDDER_BOOL,
	    .help = "hide containers from the world outside of the overlay, "
		    "by nftables" },
	[FORWARD_ACCEPT] = { .name = "forward-accept",
	    .type = RUDDER_BOOL,
	    .help = "let iptables' FORWARD chain, or Docker's, pass the "
		    "overlay" },
	[KEEP_PORTS] = { .name = "ip-masq-fully-random-disable",
	    .type = RUDDER_BOOL,
	    .help = "do not draw the ports of what -ip-masq hides" },
	[VERBOSITY] = { .name = "v",
	    .type = RUDDER_NUMBER,
	    .def = "0",
	    .value = "number",
	    .help = "1 shows each request and what the data path has to say" },
	[HELP] = { .name = "help", .type = RUDDER_BOOL, .help = "show this" },
	[SHOW_VERSION] = { .name = "version",
	    .type = RUDDER_BOOL,
	    .help = "show the version" },
	[JSON] = { .name = "json",
	    .type = RUDDER_BOOL,
	    .help = "status as it is for programs" },
	[H] = { .name = "h", .type = RUDDER_BOOL },
	[GLOG] = { .name = "logtostderr", .type = RUDDER_BOOL },
	{ .name = "alsologtostderr", .type = RUDDER_BOOL },
	{ .name = "stderrthreshold" },
	{ .name = "vmodule" },
	{ .name = "log_backtrace_at" },
	{ .name = "log_dir" },
	{ .name = NULL },
};

/* These decide which other options there are, so they are read first. */
static const char *const first[] = { "module-dir", "registry", "backend" };

static bool
is_first(const char *name)
{
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		if (strcmp(first[i], name) == 0)
			return true;
	}
	return false;
}

static int
usage_error(const char *what, const char *value, const char *remedy)
{
	fprintf(stderr, "rudder: %s \"%s\": %s; see rudder -help\n", what,
	    value, remedy);
	return RUDDER_EOPTION;
}

/* ---- One option --------------------------------------------------------- */

static const struct rudder_option *
find(struct rudder *r, const char *name)
{
	const struct rudder_option *o = own;

	for (; o->name != NULL; o++) {
		if (strcmp(o->name, name) == 0)
			return o;
	}
	for (o = NULL; (o = rudder_option_next(r, o)) != NULL;) {
		if (strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

static int
read_verbosity(struct args *a, const char *value)
{
	char *end;

	a->verbosity = strtoul(value, &end, 10);
	if (isdigit((unsigned char)value[0]) && *end == '\0')
		return 0;
	return usage_error("-v", value, "it must be a number, 0 or 1");
}

static int
read_bool(const struct rudder_option *o, const char *value, bool *flag)
{
	*flag = strchr("1tT", value[0]) != NULL;
	if (strcmp(value, "1") == 0 || strcasecmp(value, "t") == 0 ||
	    strcasecmp(value, "true") == 0 || strcmp(value, "0") == 0 ||
	    strcasecmp(value, "f") == 0 || strcasecmp(value, "false") == 0)
		return 0;
	return usage_error(o->name, value, "it must be true or false");
}

/* `source` is how the user wrote it: "-port", "RUDDERD_PORT". */
static int
set(struct args *a, struct rudder *r, const struct rudder_option *o,
    const char *value, const char *source)
{
	int rc;

	if (o == &own[SUBNET_FILE] && value[0] == '\0')
		return usage_error(source, value, "it must be a path");
	if (o == &own[SUBNET_FILE])
		return a->subnet_file = value, 0;
	if (o == &own[STATE_DIR])
		return a->state_dir = value, 0;
	if (o == &own[CONTROL_SOCKET])
		return a->control_socket = value, 0;
	if (o == &own[HEALTHZ_LISTEN])
		return a->healthz_listen = value, 0;
	if (o == &own[IP_MASQ])
		return read_bool(o, value, &a->ip_masq);
	if (o == &own[FORWARD_ACCEPT])
		return read_bool(o, value, &a->forward_accept);
	if (o == &own[KEEP_PORTS])
		return read_bool(o, value, &a->keep_ports);
	if (o == &own[JSON])
		return read_bool(o, value, &a->json);
	if (o == &own[VERBOSITY])
		return read_verbosity(a, value);
	if (o == &own[HELP] || o == &own[H])
		return read_bool(o, value, &a->help);
	if (o == &own[SHOW_VERSION])
		return read_bool(o, value, &a->version);
	if (o >= &own[GLOG] && o < own + sizeof(own) / sizeof(own[0]))
		return 0;
	rc = rudder_set(r, o->name, value);
	if (rc < 0)
		fprintf(stderr, "rudder: %s: %s\n", source, rudder_why(r));
	return rc;
}

/* ---- What was given on the command line --------------------------------- */

struct given {
	const struct rudder_option *option;
	const char *value;
	char source[NAME_MAX_LEN + 1];
};

struct command_line {
	struct given *given; /* in order, room for every argument */
	int n;
};

static bool
is_given(const struct command_line *c, const struct rudder_option *o)
{
	for (int i = 0; i < c->n; i++) {
		if (c->given[i].option == o)
			return true;
	}
	return false;
}

static int
set_given(struct args *a, struct rudder *r, const struct command_line *c)
{
	const struct given *g = c->given;
	int rc = 0;

	for (; rc == 0 && g < c->given + c->n; g++) {
		if (!is_first(g->option->name))
			rc = set(a, r, g->option, g->value, g->source);
	}
	return rc;
}

/* ---- The environment ---------------------------------------------------- */

static const char *const prefixes[] = { "RUDDERD_", "FLANNELD_" };

/* "etcd-prefix" is RUDDERD_ETCD_PREFIX. */
static void
env_name(char env[NAME_MAX_LEN], const char *prefix, const char *name)
{
	size_t n = (size_t)snprintf(env, NAME_MAX_LEN, "%s", prefix);

	for (; *name != '\0' && n < NAME_MAX_LEN - 1; name++, n++)
		env[n] =
		    *name == '-' ? '_' : (char)toupper((unsigned char)*name);
	env[n] = '\0';
}

/* NULL: not there, or empty, which is the same. */
static const char *
env_value(char env[NAME_MAX_LEN], const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < 2 && value == NULL; i++) {
		env_name(env, prefixes[i], name);
		value = getenv(env);
		if (value != NULL && value[0] == '\0')
			value = NULL;
	}
	return value;
}

static int
set_from_env(struct args *a, struct rudder *r, const struct command_line *c,
    const struct rudder_option *o)
{
	char env[NAME_MAX_LEN];
	const char *value = env_value(env, o->name);

	if (value == NULL || is_first(o->name) || is_given(c, o))
		return 0;
	return set(a, r, o, value, env);
}

static int
read_env(struct args *a, struct rudder *r, const struct command_line *c)
{
	const struct rudder_option *o = own;
	int rc = 0;

	for (; rc == 0 && o->help != NULL; o++)
		rc = set_from_env(a, r, c, o);
	for (o = NULL; rc == 0 && (o = rudder_option_next(r, o)) != NULL;)
		rc = set_from_env(a, r, c, o);
	return rc;
}

/* The option that a variable may mean: "ETCD_PREFIX" is "etcd-prefix". */
static const struct rudder_option *
find_env(struct rudder *r, const char *tail, size_t len)
{
	char name[NAME_MAX_LEN];

	if (len >= sizeof(name))
		return NULL;
	for (size_t i = 0; i < len; i++)
		name[i] = tail[i] == '_'
			      ? '-'
			      : (char)tolower((unsigned char)tail[i]);
	name[len] = '\0';
	return find(r, name);
}

/*
 * A password is no option: all users see the command line in the list of
 * processes. A module takes it from a file, or from the environment itself.
 */
static bool
is_password(const char *name, size_t len)
{
	static const char end[] = "password";
	size_t n = sizeof(end) - 1;

	return len >= n && strncasecmp(name + len - n, end, n) == 0;
}

/* People write FLANNEL_ where they mean FLANNELD_, and wonder. */
static void
warn_env(struct rudder *r, const char *variable)
{
	static const struct {
		const char *prefix;
		bool meant; /* for us: every name after it must be known */
		const char *remedy;
	} kinds[] = {
		{ "RUDDERD_", true, "there is no such option" },
		{ "FLANNELD_", true, "there is no such option" },
		{ "RUDDER_", false, "did you mean RUDDERD_?" },
		{ "FLANNEL_", false, "did you mean RUDDERD_?" },
	};
	size_t len = strcspn(variable, "=");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].prefix);

		if (strncmp(variable, kinds[i].prefix, n) != 0)
			continue;
		if (kinds[i].meant && is_password(variable, len))
			continue;
		if (kinds[i].meant ==
		    (find_env(r, variable + n, len - n) == NULL))
			fprintf(stderr,
			    "rudder: the variable %.*s has no effect: %s\n",
			    (int)len, variable, kinds[i].remedy);
	}
}

/* ---- The command line --------------------------------------------------- */

/* A flag, taken apart; `value` is NULL where there is no "=". */
struct flag {
	char name[NAME_MAX_LEN];
	const char *value;
};

static bool
split(struct flag *f, const char *arg)
{
	size_t len;

	if (arg[0] != '-' || arg[1] == '\0')
		return false;
	arg += arg[1] == '-' ? 2 : 1;
	len = strcspn(arg, "=");
	f->value = arg[len] == '=' ? arg + len + 1 : NULL;
	snprintf(f->name, sizeof(f->name), "%.*s", (int)len, arg);
	return true;
}

static int
set_first(struct rudder *r, const char *name, int argc, char **argv)
{
	char env[NAME_MAX_LEN];
	const char *value = env_value(env, name);
	struct flag f;

	for (int i = 1; i < argc; i++) {
		if (!split(&f, argv[i]) || strcmp(f.name, name) != 0)
			continue;
		value = f.value != NULL ? f.value : argv[i + 1];
	}
	return value != NULL ? rudder_set(r, name, value) : 0;
}

/* Its value may be a password. */
static int
unknown_flag(const char *word)
{
	size_t len = strcspn(word, "=");
	char name[NAME_MAX_LEN];

	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	return usage_error("unknown flag", name,
	    is_password(word, len)
		? "everybody could read it in the list of processes: put it "
		  "into a file, as with -etcd-password-file"
		: "there is no such option");
}

static int
read_flag(struct command_line *c, struct rudder *r, int *i, char **argv)
{
	struct given *g = &c->given[c->n];
	const char *word = argv[*i];
	struct flag f;

	if (!split(&f, word) || f.name[0] == '\0')
		return usage_error("stray word", word,
		    "all arguments are flags, and a boolean takes its value "
		    "by =");
	g->option = find(r, f.name);
	if (g->option == NULL)
		return unknown_flag(word);
	if (f.value == NULL && g->option->type == RUDDER_BOOL)
		f.value = "true";
	if (f.value == NULL)
		f.value = argv[*i + 1] != NULL ? argv[++*i] : NULL;
	if (f.value == NULL)
		return usage_error("flag", word, "it needs a value");
	g->value = f.value;
	snprintf(g->source, sizeof(g->source), "-%s", f.name);
	c->n++;
	return 0;
}

static int
read_options(
    struct args *a, struct rudder *r, struct command_line *c, char **argv)
{
	int rc = 0;

	for (int i = 1; rc == 0 && argv[i] != NULL; i++)
		rc = read_flag(c, r, &i, argv);
	if (rc == 0)
		rc = read_env(a, r, c);
	if (rc == 0)
		rc = set_given(a, r, c);
	for (char **e = environ; rc == 0 && *e != NULL; e++)
		warn_env(r, *e);
	return rc;
}

int
args_read(struct args *a, struct rudder *r, int argc, char **argv)
{
	struct command_line c = { 0 };
	int rc = 0;

	*a = (struct args){ .subnet_file = own[SUBNET_FILE].def,
		.state_dir = own[STATE_DIR].def,
		.control_socket = own[CONTROL_SOCKET].def };
	for (size_t i = 0; rc == 0 && i < sizeof(first) / sizeof(first[0]); i++)
		rc = set_first(r, first[i], argc, argv);
	if (rc == 0)
		rc = rudder_load(r);
	if (rc < 0) {
		fprintf(stderr, "rudder: %s\n", rudder_why(r));
		return rc;
	}
	c.given = calloc((size_t)argc + 1, sizeof(*c.given));
	if (c.given == NULL)
		return -ENOMEM;
	rc = read_options(a, r, &c, argv);
	free(c.given);
	return rc;
}

/* ---- Help --------------------------------------------------------------- */

static void
print_option(const struct rudder_option *o)
{
	char left[NAME_MAX_LEN];

	snprintf(left, sizeof(left), "-%s%s%s", o->name,
	    o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
	fprintf(stderr, "  %-24s %s", left, o->help);
	if (o->def != NULL && o->type != RUDDER_BOOL)
		fprintf(stderr, " (%s)", o->def);
	fputc('\n', stderr);
}

void
args_usage(struct rudder *r)
{
	const struct rudder_option *o;

	fputs("usage: rudder [-option=value ...]\n"
	      "       rudder status [-json] [-option=value ...]\n"
	      "       rudder doctor [-option=value ...]\n"
	      "       rudder cleanup [-dry-run] [-option=value ...]\n\n"
	      "Takes a subnet of the overlay network for this host and "
	      "carries its packets;\nor shows how the one that runs is, looks "
	      "for what is wrong, or removes what\none has left. Each option "
	      "can also be set in the environment, as in\n"
	      "RUDDERD_ETCD_PREFIX.\n\n",
	    stderr);
	for (o = NULL; (o = rudder_option_next(r, o)) != NULL;)
		print_option(o);
	for (o = own; o->help != NULL; o++)
		print_option(o);
	fputs("\nglog's flags are accepted and have no effect. See rudder(8)."
	      "\n",
	    stderr);
}

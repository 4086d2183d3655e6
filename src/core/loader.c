/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader.h"

#define SUFFIX ".so"

#define BUILTIN(name) extern const struct rudder_module rudder_module_##name;
#include "builtin.inc"
#undef BUILTIN

#define BUILTIN(name) &rudder_module_##name,
static const struct rudder_module *const builtin[] = {
#include "builtin.inc"
	NULL,
};
#undef BUILTIN

static const char *const kinds[] = {
	[LOADER_REGISTRY] = "registry",
	[LOADER_BACKEND] = "backend",
};

static bool
is_kind(const struct rudder_module *m, enum loader_kind kind)
{
	return kind == LOADER_REGISTRY ? m->registry != NULL
				       : m->backend != NULL;
}

/* A name is also that of a file: it must not lead out of the directory. */
static bool
is_name(const char *name)
{
	return name[0] != '\0' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") ==
		   strlen(name);
}

static const struct rudder_module *
find_builtin(enum loader_kind kind, const char *name)
{
	for (size_t i = 0; builtin[i] != NULL; i++) {
		if (strcmp(builtin[i]->name, name) == 0 &&
		    is_kind(builtin[i], kind))
			return builtin[i];
	}
	return NULL;
}

/* Reads no further than `abi` before it has seen that number. */
static int
check_module(const struct rudder_module *m, enum loader_kind kind,
    const char *name, const char *path, char why[ERROR_WHY])
{
	if (m == NULL)
		return error_because(RUDDER_EMODULE, why,
		    "%s is no module of rudder: it has no symbol \"%s\"", path,
		    RUDDER_MODULE_SYMBOL);
	if (m->abi != RUDDER_MODULE_ABI)
		return error_because(RUDDER_EMODULE, why,
		    "%s was built for module ABI %u, this "
		    "library has %u: build it again",
		    path, m->abi, RUDDER_MODULE_ABI);
	if (strcmp(m->name, name) != 0)
		return error_because(RUDDER_EMODULE, why,
		    "%s calls itself \"%s\": rename the file", path, m->name);
	if (!is_kind(m, kind))
		return error_because(
		    RUDDER_EOPTION, why, "%s is not a %s", path, kinds[kind]);
	return 0;
}

/*
 * NODELETE, because the libraries that a module brings along may have left
 * handlers behind for the end of the process.
 */
static int
load_file(struct loaded *l, enum loader_kind kind, const char *name,
    const char *path, char why[ERROR_WHY])
{
	int rc;

	l->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (l->handle == NULL)
		return error_because(RUDDER_EOPTION, why,
		    "%s cannot be loaded: %s", path, dlerror());
	l->module = dlsym(l->handle, RUDDER_MODULE_SYMBOL);
	rc = check_module(l->module, kind, name, path, why);
	if (rc < 0)
		loader_unload(l);
	return rc;
}

static void
append(char list[ERROR_WHY / 2], const char *name, size_t len)
{
	size_t used = strlen(list);

	snprintf(list + used, ERROR_WHY / 2 - used, "%s%.*s",
	    used > 0 ? ", " : "", (int)len, name);
}

/* A library beside the modules, as in a build tree, is none of them. */
static int
is_module_file(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(SUFFIX) && strncmp(entry->d_name, "lib", 3) != 0 &&
	       strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static int
refuse_unknown(enum loader_kind kind, const char *name, const char *directory,
    char why[ERROR_WHY])
{
	struct dirent **files = NULL;
	char list[ERROR_WHY / 2] = "";
	int n = scandir(directory, &files, is_module_file, alphasort);

	for (size_t i = 0; builtin[i] != NULL; i++)
		append(list, builtin[i]->name, strlen(builtin[i]->name));
	for (int i = 0; i < n; i++) {
		append(list, files[i]->d_name,
		    strlen(files[i]->d_name) - strlen(SUFFIX));
		free(files[i]);
	}
	free(files);
	return error_because(RUDDER_EOPTION, why,
	    "there is no %s module \"%.32s\"; found in %.128s: %s", kinds[kind],
	    name, directory, list[0] != '\0' ? list : "none");
}

int
loader_load(struct loaded *l, enum loader_kind kind, const char *name,
    const char *directory, char why[ERROR_WHY])
{
	char path[PATH_MAX];

	*l = (struct loaded){ .module = find_builtin(kind, name) };
	if (l->module != NULL)
		return 0;
	if (!is_name(name))
		return refuse_unknown(kind, name, directory, why);
	snprintf(path, sizeof(path), "%s/%s%s", directory, name, SUFFIX);
	if (access(path, F_OK) < 0)
		return refuse_unknown(kind, name, directory, why);
	return load_file(l, kind, name, path, why);
}

void
loader_unload(struct loaded *l)
{
	if (l->handle != NULL)
		dlclose(l->handle);
	*l = (struct loaded){ 0 };
}

/* SPDX-License-Identifier: Apache-2.0 */
#include <crypt.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define MACHINE_ID "/etc/machine-id"
#define ID_LEN 32

/*
 * SHA-256, of as few rounds as there may be: what is hashed is no password but
 * 128 random bits. It must never change, or machines lose their names.
 */
#define SETTING "$5$rounds=1000$rudder$"

static int
read_id(char id[ID_LEN + 1])
{
	FILE *f = fopen(MACHINE_ID, "re");
	size_t n;

	if (f == NULL)
		return -errno;
	n = fread(id, 1, ID_LEN, f);
	fclose(f);
	id[n] = '\0';
	return strspn(id, "0123456789abcdefABCDEF") == ID_LEN ? 0 : -EINVAL;
}

int
machine_name(char name[MACHINE_NAME])
{
	struct crypt_data *data;
	const char *hash;
	char id[ID_LEN + 1];
	int rc = read_id(id);

	if (rc < 0)
		return rc;
	data = calloc(1, sizeof(*data)); /* it is large */
	if (data == NULL)
		return -ENOMEM;
	hash = crypt_r(id, SETTING, data);
	if (hash != NULL && strncmp(hash, SETTING, strlen(SETTING)) == 0)
		snprintf(name, MACHINE_NAME, "%s", hash + strlen(SETTING));
	else
		rc = -ENOSYS;
	free(data);
	return rc;
}

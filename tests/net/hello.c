/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello - the smallest backend: it carries nothing and tells what it is told.
 * install.test builds it as a stranger would, from the installed headers.
 */
#include <rudder/module.h>

static int
hello_open(const struct rudder_env *env, void **backend)
{
	env->log(env, RUDDER_INFO, "hello: %s", env->option(env, "greeting"));
	*backend = (void *)env;
	return 0;
}

static void
hello_close(void *backend)
{
	(void)backend;
}

static int
hello_attach(void *backend, const struct rudder_attach *attach,
    struct rudder_device *device)
{
	const struct rudder_env *env = backend;

	env->log(env, RUDDER_INFO, "hello: attached to %s", attach->iface);
	device->mtu = attach->iface_mtu - 100;
	device->name = "hello0";
	return 0;
}

static int
hello_peer_set(void *backend, struct rudder_net subnet, uint32_t public_ip)
{
	const struct rudder_env *env = backend;

	env->log(env, RUDDER_INFO, "hello: %08x/%d is at %08x", subnet.addr,
	    subnet.len, public_ip);
	return 0;
}

static int
hello_peer_del(void *backend, struct rudder_net subnet)
{
	(void)backend;
	(void)subnet;
	return 0;
}

static size_t
hello_stats(void *backend, struct rudder_stat *stats, size_t n)
{
	(void)backend;
	(void)stats;
	(void)n;
	return 0;
}

static const struct rudder_option options[] = {
	{
		.name = "greeting",
		.type = RUDDER_TEXT,
		.def = "good day",
		.value = "words",
		.help = "what to say",
	},
	{.name = NULL},
};

static const struct rudder_backend ops = {
	.open = hello_open,
	.close = hello_close,
	.attach = hello_attach,
	.peer_set = hello_peer_set,
	.peer_del = hello_peer_del,
	.stats = hello_stats,
};

/* install.test asks for another number to see it refused. */
#ifndef HELLO_ABI
#define HELLO_ABI RUDDER_MODULE_ABI
#endif

RUDDER_MODULE(hello) = {
	.abi = HELLO_ABI,
	.name = "hello",
	.options = options,
	.backend = &ops,
};

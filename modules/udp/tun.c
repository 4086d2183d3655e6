/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "netconf.h"
#include "tun.h"

#define DEVICE "/dev/net/tun"
#define PATTERN "rudder%d"

/* ---- The device ------------------------------------------------------- */

static const char *
remedy(int err)
{
	if (err == EPERM || err == EACCES)
		return ": this needs CAP_NET_ADMIN: run as root";
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		return ": the kernel has no TUN driver here: modprobe tun, or "
		       "give the container " DEVICE;
	return "";
}

static int
refuse(const struct rudder_env *env, const char *what, int err)
{
	env->log(env, RUDDER_ERROR, "udp: cannot %s: %s%s", what, strerror(err),
	    remedy(err));
	return -err;
}

static int
refuse_name(const struct rudder_env *env, const char *name, int err)
{
	char what[64];

	snprintf(what, sizeof(what), "create the TUN device %s", name);
	return refuse(env, what, err);
}

/* A queue: the first makes the device, the others name it. */
static int
add_queue(struct tun *tun, const struct rudder_env *env, int flags)
{
	int which = tun->n == 0 ? IFF_TUN_EXCL : 0;
	struct ifreq ifr = { .ifr_flags =
				 (short)(IFF_TUN | IFF_NO_PI | flags | which) };
	int fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC), err;

	if (fd < 0)
		return refuse(env, "open " DEVICE, errno);
	memcpy(ifr.ifr_name, tun->name, sizeof(ifr.ifr_name));
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		err = errno;
		close(fd);
		return refuse_name(env, tun->name, err);
	}
	memcpy(tun->name, ifr.ifr_name, sizeof(tun->name));
	tun->name[sizeof(tun->name) - 1] = '\0';
	tun->fd[tun->n++] = fd;
	return 0;
}

/* What the driver knows of; an old or a foreign one may know less. */
static unsigned
features(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	unsigned known = 0;

	if (fd < 0)
		return 0;
	if (ioctl(fd, TUNGETFEATURES, &known) < 0)
		known = 0;
	close(fd);
	return known;
}

static int
create(struct tun *tun, const struct rudder_env *env, unsigned queues,
    struct offload *offload)
{
	int flags = queues > 1 ? IFF_MULTI_QUEUE : 0;
	int rc = 0;

	if (offload->vnet && (features() & IFF_VNET_HDR) == 0)
		offload->vnet = false;
	if (offload->vnet)
		flags |= IFF_VNET_HDR;
	while (tun->n < queues && rc == 0)
		rc = add_queue(tun, env, flags);
	if (rc < 0)
		return rc;
	offload_tun(tun->fd[0], offload);
	tun->ifindex = if_nametoindex(tun->name);
	return 0;
}

/* ---- All of it -------------------------------------------------------- */

static struct netconf
wanted(
    struct tun *tun, const struct rudder_env *env, const struct tun_config *cfg)
{
	return (struct netconf){ .env = env,
		.name = tun->name,
		.ifindex = tun->ifindex,
		.mtu = cfg->mtu,
		.network = cfg->where->network,
		.subnet = cfg->where->subnet,
		.rival = &tun->rival };
}

int
tun_open(struct tun *tun, const struct rudder_env *env,
    const struct tun_config *cfg, struct offload *offload)
{
	*tun = (struct tun){ .name = PATTERN };
	return tun_reopen(tun, env, cfg, offload);
}

int
tun_reopen(struct tun *tun, const struct rudder_env *env,
    const struct tun_config *cfg, struct offload *offload)
{
	int rc;

	tun_close(tun);
	tun->rival = 0;
	rc = create(tun, env, cfg->queues, offload);
	if (rc == 0) {
		const struct netconf want = wanted(tun, env, cfg);

		rc = netconf_apply(&want);
	}
	if (rc < 0)
		tun_close(tun);
	return rc;
}

void
tun_close(struct tun *tun)
{
	while (tun->n > 0)
		close(tun->fd[--tun->n]);
}

int
tun_mend(struct tun *tun, const struct rudder_env *env,
    const struct tun_config *cfg, bool thorough,
    const struct netconf_told *told)
{
	const struct netconf want = wanted(tun, env, cfg);

	return netconf_mend(&want, thorough, told);
}

int
tun_set_mtu(
    struct tun *tun, const struct rudder_env *env, const struct tun_config *cfg)
{
	const struct netconf want = wanted(tun, env, cfg);

	return netconf_set_mtu(&want);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * machine.h - which machine this is, for others to tell it from the rest.
 *
 * systemd gives each installation an id, in /etc/machine-id, and asks that it
 * be kept to the machine: machine-id(5). What is shown here is a hash of it
 * that does not lead back, and is another than that of other programs.
 */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#define MACHINE_NAME 17 /* 16 characters of "./0-9A-Za-z" and a zero */

/*
 * -ENOENT, -EINVAL: there is no such id, or none yet; -ENOSYS: rudder was
 * built without crypt(3); -ENOMEM.
 */
int machine_name(char name[MACHINE_NAME]);

#endif

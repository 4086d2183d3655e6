/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeslice.h - long time slices for the thread that calls.
 *
 * Where a host has few processors, the tunnel shares one with the programs
 * that it carries for. With short slices it is in their way as often as they
 * are in its own. A thread may ask the scheduler for the length of its slices
 * (Documentation/scheduler/sched-eevdf.rst of the kernel, sched_setattr(2));
 * its share of the processor is the same as before. Kernels before 6.12 do
 * not look at it.
 */
#ifndef UDP_TIMESLICE_H
#define UDP_TIMESLICE_H

/* Where it is refused nothing has changed. */
void timeslice_lengthen(void);

#endif

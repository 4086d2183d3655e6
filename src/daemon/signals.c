/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>

#include <event2/event.h>

#include "signals.h"

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

#define N_NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void
mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < N_NUMBERS; i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(how, &set, NULL);
}

void
signals_hold(void)
{
	mask(SIG_BLOCK);
}

void
signals_let(void)
{
	mask(SIG_UNBLOCK);
}

int
signals_open(struct signals *s, struct event_base *base,
    void (*on_signal)(int number, short what, void *arg), void *arg)
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		s->events[i] = evsignal_new(base, numbers[i], on_signal, arg);
		if (s->events[i] == NULL || event_add(s->events[i], NULL) < 0)
			return -ENOMEM;
	}
	signals_let();
	return 0;
}

void
signals_close(struct signals *s)
{
	signals_hold();
	for (size_t i = 0; i < N_NUMBERS; i++) {
		if (s->events[i] != NULL)
			event_free(s->events[i]);
		s->events[i] = NULL;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * otherclock SECONDS COMMAND... - a machine whose clock is wrong: for COMMAND
 * the time of day is so many seconds ahead, or behind, and the clocks that
 * nobody sets go as they do.
 *
 * A preloaded library does not do for programs in Go, which take the time
 * from the kernel's vDSO and not from the C library. So it is the vDSO that
 * is changed, in the memory of the one process and before its first
 * instruction: two of its functions become a system call and an addition.
 * Status 77: not on this machine.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ptrace.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_HERE 77

/* Of x86-64, with a hole of four bytes for the seconds before the `ret`. */
static const uint8_t clock_gettime_code[] = {
	0xb8, 0xe4, 0, 0, 0,	      /* mov $228, %eax */
	0x0f, 0x05,		      /* syscall */
	0x85, 0xff,		      /* test %edi, %edi */
	0x75, 0x07,		      /* jne 1f: not CLOCK_REALTIME */
	0x48, 0x81, 0x06, 0, 0, 0, 0, /* addq $seconds, (%rsi) */
	0xc3,			      /* 1: ret */
};
static const uint8_t gettimeofday_code[] = {
	0xb8, 0x60, 0, 0, 0,	      /* mov $96, %eax */
	0x0f, 0x05,		      /* syscall */
	0x48, 0x81, 0x07, 0, 0, 0, 0, /* addq $seconds, (%rdi) */
	0xc3,			      /* ret */
};

static const struct patch {
	const char *symbol;
	const uint8_t *code;
	size_t size;
} patches[] = {
	{ "__vdso_clock_gettime", clock_gettime_code,
	    sizeof(clock_gettime_code) },
	{ "__vdso_gettimeofday", gettimeofday_code, sizeof(gettimeofday_code) },
};

/* ---- The vDSO, which is the same in each process but for its place ------ */

static uint64_t
place_in_vdso(const char *symbol)
{
	void *vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
	void *at = vdso != NULL ? dlsym(vdso, symbol) : NULL;

	return at != NULL ? (uintptr_t)at - getauxval(AT_SYSINFO_EHDR) : 0;
}

static uint64_t
vdso_of(pid_t pid)
{
	uint64_t pair[2] = { 0, 0 };
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	while (
	    fread(pair, sizeof(pair), 1, f) == 1 && pair[0] != AT_SYSINFO_EHDR)
		pair[1] = 0;
	fclose(f);
	return pair[1];
}

static int
write_code(pid_t pid, uint64_t at, const uint8_t *code, size_t size)
{
	long word;
	size_t n;

	for (size_t i = 0; i < size; i += n) {
		n = size - i < sizeof(word) ? size - i : sizeof(word);
		memset(&word, 0xcc, sizeof(word));
		memcpy(&word, code + i, n);
		if (ptrace(PTRACE_POKETEXT, pid, (void *)(at + i),
			(void *)word) < 0)
			return -1;
	}
	return 0;
}

static int
change_clocks(pid_t pid, int32_t seconds)
{
	uint64_t vdso = vdso_of(pid), place;
	uint8_t code[64];

	for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
		const struct patch *p = &patches[i];

		place = place_in_vdso(p->symbol);
		if (vdso == 0 || place == 0)
			return -1;
		memcpy(code, p->code, p->size);
		memcpy(code + p->size - 1 - sizeof(seconds), &seconds,
		    sizeof(seconds));
		if (write_code(pid, vdso + place, code, p->size) < 0)
			return -1;
	}
	return 0;
}

/* ---- Who does it --------------------------------------------------------- */

static bool
at_its_exec(int status)
{
	return WIFSTOPPED(status) &&
	       status >> 8 == (SIGTRAP | (PTRACE_EVENT_EXEC << 8));
}

/* Waits for the exec of `pid`, which goes on when it reads a byte. */
static int
accompany(pid_t pid, int32_t seconds, int go)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACEEXEC) < 0 ||
	    write(go, "", 1) != 1)
		return 1;
	close(go);
	while (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) &&
	       !at_its_exec(status))
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)WSTOPSIG(status));
	if (!WIFSTOPPED(status))
		return 1;
	if (change_clocks(pid, seconds) < 0)
		kill(pid, SIGKILL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return 0;
}

/*
 * The command has our pid, which our caller knows: a grandchild, of which
 * nobody has to hear, does the work.
 */
static int
be_accompanied(int32_t seconds)
{
	pid_t self = getpid(), child;
	int pipes[2];
	char byte;

	if (pipe(pipes) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		close(pipes[0]);
		if (fork() != 0)
			_exit(0);
		_exit(accompany(self, seconds, pipes[1]));
	}
	close(pipes[1]);
	if (child < 0 || waitpid(child, NULL, 0) != child ||
	    read(pipes[0], &byte, 1) != 1)
		return -1;
	return close(pipes[0]);
}

int
main(int argc, char **argv)
{
	struct utsname machine;

	if (argc < 3)
		return 2;
	if (uname(&machine) < 0 || strcmp(machine.machine, "x86_64") != 0 ||
	    be_accompanied(atoi(argv[1])) < 0)
		return NOT_HERE;
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}

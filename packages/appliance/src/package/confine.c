/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libxml/parser.h>
#include <linux/fs.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "socle/landlock.h"

#if defined(__SANITIZE_ADDRESS__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

enum { NOBODY = 65534, FILES_MAX = 1024 };

static const rlim_t memory_max = (rlim_t)8 << 30; /* of addresses, not of memory in use */

/* Calls that are let through whatever their arguments are. */
static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(pread64),
	SCMP_SYS(preadv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(pwritev),
	SCMP_SYS(lseek),
	SCMP_SYS(fstat),
	SCMP_SYS(ftruncate),
	SCMP_SYS(fallocate),
	SCMP_SYS(fsync),
	SCMP_SYS(fdatasync),
	SCMP_SYS(sync_file_range),
	SCMP_SYS(fadvise64),
	SCMP_SYS(close),
	SCMP_SYS(dup),
	SCMP_SYS(memfd_create),
	SCMP_SYS(sendmsg),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getcpu),
	SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrusage),
	SCMP_SYS(membarrier),
	SCMP_SYS(restart_syscall),
};

struct narrow {
	int call;
	struct scmp_arg_cmp arg;
};

/* Calls that are let through with one kind of argument. */
static int allow_narrow(scmp_filter_ctx f)
{
	const struct narrow calls[] = {
		/* Memory is not made executable. */
		{ SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		{ SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) },
		/* Threads are made, processes are not. */
		{ SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD) },
		{ SCMP_SYS(newfstatat), SCMP_A3(SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH) },
		{ SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()) },
		{ SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME) },
		{ SCMP_SYS(prctl), SCMP_A0(SCMP_CMP_EQ, PR_SET_VMA) },
		{ SCMP_SYS(prlimit64), SCMP_A2(SCMP_CMP_EQ, 0) },
		{ SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFL) },
		{ SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFL) },
		{ SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_GETFD) },
		{ SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_SETFD) },
		{ SCMP_SYS(fcntl), SCMP_A1(SCMP_CMP_EQ, F_DUPFD_CLOEXEC) },
		/* Of a block device: how large it is, and that a part of it be zeros. */
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, BLKGETSIZE64) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, BLKSSZGET) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, BLKPBSZGET) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, BLKDISCARD) },
		{ SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_EQ, BLKZEROOUT) },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(calls) / sizeof(calls[0]); i++)
		r = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, calls[i].call, 1, &calls[i].arg);
	return r;
}

static int allow(scmp_filter_ctx f)
{
	int r = seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 1);

	for (size_t i = 0; r == 0 && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	/* Its flags lie in memory, where no filter sees them: libc takes clone() then. */
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return r == 0 ? allow_narrow(f) : r;
}

static int filter_calls(struct err *e)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = f ? allow(f) : -ENOMEM;

	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	return r == 0 ? 0 : err_sys(e, r, "seccomp");
}

/* In a namespace that has no other user there is none to become. */
static int become_nobody(bool *done, struct err *e)
{
	*done = false;
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return errno == EINVAL ? 0 : err_sys(e, -errno, "becoming nobody");
	*done = true;
	return 0;
}

static int limit(int what, rlim_t to, const char *name, struct err *e)
{
	struct rlimit l;

	if (getrlimit(what, &l) < 0)
		return err_sys(e, -errno, "limit of %s", name);
	if (l.rlim_max == RLIM_INFINITY || l.rlim_max > to)
		l.rlim_max = to;
	l.rlim_cur = l.rlim_max;
	return setrlimit(what, &l) == 0 ? 0 : err_sys(e, -errno, "limit of %s", name);
}

static int set_limits(struct err *e)
{
	int r = limit(RLIMIT_CORE, 0, "core dumps", e);

	if (r == 0)
		r = limit(RLIMIT_NOFILE, FILES_MAX, "files", e);
	/* A sanitizer reserves more addresses than there are. */
	if (r == 0 && !SANITIZED)
		r = limit(RLIMIT_AS, memory_max, "memory", e);
	return r;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Standard error stays with the sanitizers, whose reports go there. */
static int close_others(const int *fds, size_t n, struct err *e)
{
	int sorted[64], null = open("/dev/null", O_RDWR | O_CLOEXEC);
	unsigned int from = 3;

	if (null < 0 || n > 64)
		return err_sys(e, -errno, "/dev/null");
	for (int i = 0; i < (SANITIZED ? 2 : 3); i++)
		if (dup2(null, i) < 0)
			return err_sys(e, -errno, "/dev/null");
	memcpy(sorted, fds, n * sizeof(int));
	qsort(sorted, n, sizeof(int), compare);
	for (size_t i = 0; i < n; i++) {
		if (sorted[i] < 3)
			continue;
		if ((unsigned int)sorted[i] > from)
			close_range(from, (unsigned int)sorted[i] - 1, 0);
		from = (unsigned int)sorted[i] + 1;
	}
	return close_range(from, ~0U, 0) == 0 ? 0 : err_sys(e, -errno, "closing files");
}

int confine_prepare(struct err *e)
{
	static const char *const digests[] = { "SHA1", "SHA256", "SHA512" };

	/* Both read files when they are used for the first time. */
	xmlInitParser();
	if (!OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_DIGESTS |
					 OPENSSL_INIT_ADD_ALL_CIPHERS |
					 OPENSSL_INIT_LOAD_CRYPTO_STRINGS,
				 NULL))
		return err_set(e, -EIO, "OpenSSL cannot be used");
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		EVP_MD_free(EVP_MD_fetch(NULL, digests[i], NULL));
	return 0;
}

int confine(const int *fds, size_t n, struct confined *c, struct err *e)
{
	int r = close_others(fds, n, e);

	if (r == 0)
		r = set_limits(e);
	if (r == 0)
		r = become_nobody(&c->other_user, e);
	if (r == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		r = err_sys(e, -errno, "prctl");
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = err_sys(e, -errno, "prctl");
	if (r == 0)
		r = landlock_limit(NULL, 0, true, &c->landlock, e);
	return r == 0 ? filter_calls(e) : r;
}

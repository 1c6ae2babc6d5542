/* The clock of a network, for whatever program this is preloaded into (LD_PRELOAD): what it is told of real time is
 * computed from the file named by LOCALNET_CLOCK, which localnet writes in place while the program runs.
 *
 * Real time only. CLOCK_MONOTONIC, relative waits and timers are untouched; a wait until a moment of real time is
 * turned into one of the same length. What never asks libc (static binaries, Go) does not follow: `heard` is how
 * localnet knows who does. Layout of the file: localnet/clock/file.py.
 *
 * Linked against nothing, so that one build serves any libc of this architecture:
 *     cc -shared -fPIC -O2 -fno-stack-protector -nostdlib -o shim.so shim.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define EXPORT __attribute__((visibility("default")))
#define MAGIC 0x314b434f4c434e4cULL /* "LNCLOCK1" */
#define FROM_BOOT 1000000000LL /* seconds: what is earlier than 2001 is a moment of the monotonic clock */

struct reading {
    int64_t real, shown; /* nanoseconds since 1970 */
    double rate;
};

struct page {
    uint64_t magic;
    uint64_t generation; /* of the reading in force, which is readings[generation % 2] */
    uint64_t heard;      /* the generation under which a program here asked last */
    struct reading readings[2];
};

static struct page *page;
static int may_write;

#pragma weak dlsym
#pragma weak dlvsym

static void *next(const char *name) {
    /* Without a version, glibc gives the oldest of pthread_cond_timedwait, which takes another structure. */
    void *found = dlvsym ? dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2") : NULL;
    return found ? found : dlsym ? dlsym(RTLD_NEXT, name) : NULL;
}

static int (*real_clock_gettime)(clockid_t, struct timespec *);

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("LOCALNET_CLOCK");
    uint64_t magic;
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    real_clock_gettime = next("clock_gettime");
    may_write = file >= 0;
    if (path && !may_write)
        file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    struct page *mapped =
        mmap(NULL, sizeof(struct page), may_write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED && pread(file, &magic, sizeof magic, 0) == sizeof magic && magic == MAGIC)
        page = mapped;
    close(file);
}

static int ask(clockid_t clock, struct timespec *at) {
    return real_clock_gettime ? real_clock_gettime(clock, at) : (int)syscall(SYS_clock_gettime, clock, at);
}

static int64_t shown(int64_t real) {
    struct reading now;
    uint64_t generation, again = __atomic_load_n(&page->generation, __ATOMIC_ACQUIRE);
    do {
        generation = again;
        now = page->readings[generation % 2];
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        again = __atomic_load_n(&page->generation, __ATOMIC_ACQUIRE);
    } while (generation != again);
    int64_t since = real - now.real;
    return now.shown + (now.rate == 1.0 ? since : (int64_t)((double)since * now.rate));
}

static void hear(void) {
    uint64_t generation = __atomic_load_n(&page->generation, __ATOMIC_RELAXED);
    if (may_write && __atomic_load_n(&page->heard, __ATOMIC_RELAXED) != generation)
        __atomic_store_n(&page->heard, generation, __ATOMIC_RELAXED);
}

static int is_real(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

static int64_t nanoseconds(const struct timespec *at) { return at->tv_sec * SECOND + at->tv_nsec; }

static struct timespec split(int64_t at) {
    struct timespec parts = {at / SECOND, at % SECOND};
    return parts;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = ask(clock, at);
    if (page && !failed) {
        hear();
        if (is_real(clock))
            *at = split(shown(nanoseconds(at)));
    }
    return failed;
}

EXPORT int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    if (zone)
        syscall(SYS_gettimeofday, NULL, zone);
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

EXPORT time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}

EXPORT int timespec_get(struct timespec *at, int base) {
    return base == TIME_UTC && !clock_gettime(CLOCK_REALTIME, at) ? base : 0;
}

/* The moment at which a wait until `moment` is to end: as far from now as the program means it to be. */
static struct timespec ends(const struct timespec *moment) {
    struct timespec now;
    if (!page || moment->tv_sec < FROM_BOOT)
        return *moment;
    ask(CLOCK_REALTIME, &now);
    return split(nanoseconds(moment) - shown(nanoseconds(&now)) + nanoseconds(&now));
}

#define WAIT(name, type)                                                                                               \
    EXPORT int name(type *waited, const struct timespec *moment) {                                                     \
        static int (*real)(type *, const struct timespec *);                                                           \
        struct timespec end = ends(moment);                                                                            \
        if (!real)                                                                                                     \
            real = next(#name);                                                                                        \
        return real(waited, &end);                                                                                     \
    }
#define WAIT_BY(name, type)                                                                                            \
    EXPORT int name(type *waited, clockid_t clock, const struct timespec *moment) {                                    \
        static int (*real)(type *, clockid_t, const struct timespec *);                                                \
        struct timespec end = is_real(clock) ? ends(moment) : *moment;                                                 \
        if (!real)                                                                                                     \
            real = next(#name);                                                                                        \
        return real(waited, clock, &end);                                                                              \
    }

WAIT(sem_timedwait, sem_t)
WAIT(pthread_mutex_timedlock, pthread_mutex_t)
WAIT(pthread_rwlock_timedrdlock, pthread_rwlock_t)
WAIT(pthread_rwlock_timedwrlock, pthread_rwlock_t)
WAIT_BY(sem_clockwait, sem_t)
WAIT_BY(pthread_mutex_clocklock, pthread_mutex_t)
WAIT_BY(pthread_rwlock_clockrdlock, pthread_rwlock_t)
WAIT_BY(pthread_rwlock_clockwrlock, pthread_rwlock_t)

EXPORT int pthread_cond_timedwait(pthread_cond_t *waited, pthread_mutex_t *held, const struct timespec *moment) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
    struct timespec end = ends(moment);
    if (!real)
        real = next("pthread_cond_timedwait");
    return real(waited, held, &end);
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *waited, pthread_mutex_t *held, clockid_t clock,
                                  const struct timespec *moment) {
    static int (*real)(pthread_cond_t *, pthread_mutex_t *, clockid_t, const struct timespec *);
    struct timespec end = is_real(clock) ? ends(moment) : *moment;
    if (!real)
        real = next("pthread_cond_clockwait");
    return real(waited, held, clock, &end);
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *moment, struct timespec *left) {
    static int (*real)(clockid_t, int, const struct timespec *, struct timespec *);
    struct timespec end = is_real(clock) && flags & TIMER_ABSTIME ? ends(moment) : *moment;
    if (!real)
        real = next("clock_nanosleep");
    return real(clock, flags, &end, left);
}

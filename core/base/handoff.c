/* handoff.c - work in a thread of its own whose end the loop is told; see handoff.h. */
#include "core/base/handoff.h"
#include "core/base/mem.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

struct handoff {
	atomic_int holders;
	pthread_mutex_t lock; /* over is_dropped: a handle that closes is not told any more */
	bool is_dropped;
	uv_async_t told;
	struct handoff_work w;
	void *arg;
};

static atomic_int threads_running;

static void let_go(struct handoff *h)
{
	if (atomic_fetch_sub(&h->holders, 1) > 1) return;
	h->w.release(h->arg);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

/* Under the lock the loop can neither begin to close the handle nor be gone while it is told. */
static void tell(struct handoff *h)
{
	pthread_mutex_lock(&h->lock);
	if (!h->is_dropped) uv_async_send(&h->told);
	pthread_mutex_unlock(&h->lock);
}

static void *thread_main(void *arg)
{
	struct handoff *h = arg;
	h->w.work(h->arg);
	tell(h);
	if (handoff_seam) handoff_seam();
	let_go(h);
	atomic_fetch_sub(&threads_running, 1);
	return NULL;
}

static void on_told(uv_async_t *handle)
{
	struct handoff *h = handle->data;
	pthread_mutex_lock(&h->lock);
	bool is_due = !h->is_dropped;
	pthread_mutex_unlock(&h->lock);
	if (is_due) h->w.done(h->arg);
}

static void on_closed(uv_handle_t *handle) { let_go(handle->data); }

void handoff_drop(struct handoff *h)
{
	pthread_mutex_lock(&h->lock);
	h->is_dropped = true;
	pthread_mutex_unlock(&h->lock);
	uv_close((uv_handle_t *)&h->told, on_closed);
}

static bool start_thread(struct handoff *h)
{
	pthread_t id;
	pthread_attr_t attr;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	bool ok = pthread_create(&id, &attr, thread_main, h) == 0;
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return ok;
}

struct handoff *handoff_start(struct uv_loop_s *loop, const struct handoff_work *w, void *arg)
{
	struct handoff *h = mem_alloc(sizeof *h);
	h->w = *w;
	h->arg = arg;
	atomic_init(&h->holders, 2);
	pthread_mutex_init(&h->lock, NULL);
	uv_async_init(loop, &h->told, on_told);
	h->told.data = h;
	atomic_fetch_add(&threads_running, 1);
	if (!start_thread(h)) { /* the loop is told all the same, and is the only holder */
		atomic_store(&h->holders, 1);
		tell(h);
		atomic_fetch_sub(&threads_running, 1);
	}
	return h;
}

bool handoff_all_ended(void) { return atomic_load(&threads_running) == 0; }

/* What Swift has no word for. Only the module Coordinator may import it. */
#ifndef HABEAS_CPREFETCH_H
#define HABEAS_CPREFETCH_H

/* Has the line of the caches that holds this address fetched, and does not wait for it. An address that nobody has is
   no fault. */
static inline void habeas_prefetch(const void *address) { __builtin_prefetch(address); }

#endif

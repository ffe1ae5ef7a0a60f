/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Migration between NUMA nodes, by move_pages(2). Needs root, since pages that
 * several processes map are moved as well.
 */
#ifndef MMGUARD_NODES_H
#define MMGUARD_NODES_H

#include <stdbool.h>
#include <stddef.h>

/* The node of the page at @addr, which must be present; BROKEN when unknown. */
int node_of(const void *addr);

/* A node with free memory that is not @node; SKIPs when the machine has none. */
int node_other_than(int node);

/*
 * nodes_move() - one attempt to move a range to @node
 * @step: bytes of one page of the range (HugeTLB: of the huge page)
 *
 * Returns how many pages lie on @node afterwards.
 */
size_t nodes_move(void *addr, size_t len, size_t step, int node);

/* Tries for up to two seconds (times MMGUARD_SLOW); true when all pages moved. */
bool nodes_move_all(void *addr, size_t len, size_t step, int node);

#endif

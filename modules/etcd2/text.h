/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - strings on the heap. Pure. NULL from all: out of memory. */
#ifndef ETCD2_TEXT_H
#define ETCD2_TEXT_H

/* Percent-encodes what is not plain in a URL, nor in `keep`. */
char *text_escape(const char *, const char *keep);

/* The three, one after the other. */
char *text_join(const char *, const char *, const char *);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where results go: files below a directory, frames on a stream, or both. Links
 * are not followed, and nothing but plain files is written to. Nothing here
 * allocates.
 */
#ifndef MMRUN_SINK_H
#define MMRUN_SINK_H

#include <stdbool.h>
#include <stddef.h>

struct options;

struct sink {
	int dir;     /* -1: none */
	int journal; /* its file, -1: none */
	int stream;  /* -1: none */
	bool kept;   /* the stream is a file, which must survive the machine */
	bool dirty;  /* the stream was written to since the last sync */
	unsigned int boot;
	unsigned long round; /* of the plan, from 1 */
	double beat;	     /* when the next heartbeat is due, monotonic seconds */
	/* Something was not written: told once, and the run ends. */
	bool failed;
	char why[400];
};

struct sink_file {
	char path[352]; /* relative to the run directory */
	int fd;		/* -1 until the first byte, and without a directory */
	bool dirty;	/* written since the last sync */
};

/* 0, or -1 after a message. @tty: the stream is a serial line. */
int sink_open(struct sink *s, const struct options *o, bool tty);
void sink_close(struct sink *s);

/* Names a file of a program; boots after the first get a suffix. */
void sink_name(const struct sink *s, struct sink_file *f, const char *program,
	       const char *file);

/* Appends; makes the file and its directory when they are missing. */
void sink_append(struct sink *s, struct sink_file *f, const void *data, size_t len);
/* Puts what was written to the file, and to a stream that is one, on the disk. */
void sink_sync(struct sink *s, struct sink_file *f);
void sink_end(struct sink_file *f);

/* A whole file at once. */
void sink_put(struct sink *s, const char *program, const char *file, const char *text);

/* Waits until what was sent has left for the host, or is on the disk. */
void sink_drain(struct sink *s);

/* A heartbeat when it is due. To be called more often than every 2 s. */
void sink_tick(struct sink *s);

/*
 * Appends one event to the journal, which is on the disk then. @format gives the
 * members, with a comma in front.
 */
void journal_event(struct sink *s, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Quotes for JSON into @buf, which it returns. */
const char *json_quote(const char *text, char *buf, size_t len);

/*
 * Opens a plain file below @dir for appending, makes it (0644) and its directories
 * (0755) when they are missing. -1, with errno or what is wrong in *why.
 */
int beneath_open(int dir, const char *path, const char **why);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* One direction of a line, put back together from its chunks and said in words a person can follow: "sync read 126, 10 bytes: 1 2 3 4 5 6". Pure; no allocation. */
#define LW_PACKET_READER_BYTES 1024

typedef struct {
  LwProtocol protocol;
  bool       requests; /* what the client sends; otherwise what comes back */
  size_t     n;
  uint8_t    bytes[LW_PACKET_READER_BYTES];
} LwPacketReader;

typedef struct {
  bool   damaged;    /* bytes that belong to no packet */
  size_t n;          /* on the wire */
  char   words[160]; /* "status of 3: ok, 10 bytes" */
  char   hex[200];   /* the bytes, the end of long ones left out ("FF FF FD 00 01 ..."); text of a line of text */
} LwPacketText;

void lw_packet_reader_init (LwPacketReader *self, LwProtocol protocol, bool requests);
/* Bytes that no packet claims before the buffer is full come out as damaged. */
void lw_packet_reader_add  (LwPacketReader *self, const uint8_t *bytes, size_t n);
/* The next packet, or run of bytes that are none; false when more bytes are needed. */
bool lw_packet_reader_next (LwPacketReader *self, LwPacketText *out);

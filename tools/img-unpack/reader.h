/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#include "ring.h"

/* The process that decompresses and parses. It has nothing to lose: no capability, no
 * file system, no network, no fd but ARCHIVE, from which it reads. What it finds goes
 * into RING (record.h). At most LIMIT bytes of tar. Never returns. */
_Noreturn void run_reader(int archive, struct ring *ring, uint64_t limit);

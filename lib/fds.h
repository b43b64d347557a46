/* SPDX-License-Identifier: MIT */
#pragma once

/* Close every fd but the COUNT ones in KEPT (any order, negative ones ignored). */
void close_all_but(const int kept[], int count);

/* net.h - a network of the test's own: loopback alone, up or down, seen by this process and its children. */
#ifndef SPOTOP_TESTS_NET_H
#define SPOTOP_TESTS_NET_H
#include <stdbool.h>
bool net_own(void); /* false: this host does not allow it */
void net_up(bool up);
#endif

/* net.c - see net.h. */
#include "tests/support/net.h"
#include <check.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool net_own(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && unshare(CLONE_NEWNET) != 0) return false;
	net_up(true);
	return true;
}

void net_up(bool up)
{
	struct ifreq r = { .ifr_name = "lo",
		           .ifr_flags = (short)(up ? IFF_UP | IFF_LOOPBACK | IFF_RUNNING : IFF_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_msg(ioctl(fd, SIOCSIFFLAGS, &r) == 0, "the test's own network cannot be set up or down");
	close(fd);
}

# SPDX-License-Identifier: Apache-2.0
# bars.awk - the measurements as a plot in text: for each link, how many times
# as good as the kernel's vxlan rudder is. After values.awk.

BEGIN {
	ONE = 16		# columns for a ratio of 1
	MOST = 44		# the longest bar

	# "cpu" and "ping" are turned around: longer is better everywhere.
	split("tcp1 tcp4 bidir udp64 udp1400 gen64 gen1400 cpu ping", SHOWN, \
	    " ")
	LABEL["tcp1"] = "TCP, 1 stream"
	LABEL["tcp4"] = "TCP, 4 streams"
	LABEL["bidir"] = "TCP, both ways"
	LABEL["udp64"] = "UDP 64, iperf3"
	LABEL["udp1400"] = "UDP 1400, iperf3"
	LABEL["gen64"] = "UDP 64"
	LABEL["gen1400"] = "UDP 1400"
	LABEL["cpu"] = "bytes per CPU s"
	LABEL["ping"] = "1 / ping"
	UNIT["tcp1"] = UNIT["tcp4"] = UNIT["bidir"] = "Gbit/s"
	UNIT["udp64"] = UNIT["udp1400"] = "kpps"
	UNIT["gen64"] = UNIT["gen1400"] = "kpps"
	UNIT["cpu"] = "s/GB"
	UNIT["ping"] = "ms"
}

END {
	print "rudder beside the kernel's vxlan, which is the column of |"
	for (i = 1; i <= links; i++)
		print_panel(LINKS[i])
}

function print_panel(link,    i)
{
	if (!((link, "rudder") in HAS_CANDIDATE) ||
	    !((link, "vxlan") in HAS_CANDIDATE))
		return
	printf "\n%s\n", link_name(link)
	for (i = 1; i in SHOWN; i++)
		if (SHOWN[i] in HAS_METRIC)
			print_bar(link, SHOWN[i])
}

function print_bar(link, metric,    x)
{
	x = less_is_better(metric) ? ratio(link, "vxlan", "rudder", metric) : \
	    ratio(link, "rudder", "vxlan", metric)
	if (x == "")
		return
	printf "  %-17s%s %.2f  (%s : %s %s)\n", LABEL[metric], bar(x), x, \
	    short(median(link, "rudder", metric)), \
	    short(median(link, "vxlan", metric)), UNIT[metric]
}

# The column of vxlan is there in each, before the end or behind it.
function bar(x,    n, i, s)
{
	n = int(x * ONE + 0.5)
	n = n < MOST ? n : MOST
	for (i = 1; i <= n || i <= ONE; i++) {
		if (i == ONE)
			s = s "|"
		else
			s = s (i <= n ? "#" : " ")
	}
	return s
}

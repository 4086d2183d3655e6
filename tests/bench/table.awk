# SPDX-License-Identifier: Apache-2.0
# table.awk - the measurements for people. After values.awk.

END {
	print_machine()
	for (i = 1; i <= links; i++)
		print_link(LINKS[i])
	print_figures()
}

function print_machine()
{
	printf "%s, %d CPUs (%s)\n", FACT["kernel"], FACT["cpus"], FACT["cpu"]
	printf "TCP: %s, bridge-nf-call-iptables: %d, ", FACT["congestion"], \
	    FACT["bridge_nf"]
	printf "medians of %d rounds of %d s\n\n", rounds, FACT["seconds"]
	print "tcp*, bidir   Gbit/s     retr  segments sent again in tcp1"
	print "udp*, gen*    kpps       cpu   CPU seconds of the machine" \
	    " per GB in tcp1"
	print "ping, p99     ms         udp*  is iperf3, gen* sendmmsg"
}

function print_link(link)
{
	printf "\n== A link that %s\n", \
	    (link ~ /^card/ ? "is " : "") link_name(link)
	print_rows(link, "")
	print_rows(link, "vxlan")
	print_rows(link, "veth")
}

# Medians, or ratios to another candidate, if there is one to be compared.
function print_rows(link, other,    i, j)
{
	if (other != "" && (!((link, other) in HAS_CANDIDATE) ||
	    HAS_CANDIDATES[link] < 2))
		return
	printf "\n%-16s", other == "" ? "medians" : "ratio to " other
	for (j = 1; j in METRICS; j++)
		if (METRICS[j] in HAS_METRIC)
			printf "%8s", METRICS[j]
	printf "\n"
	for (i = 1; i in CANDIDATES; i++)
		if ((link, CANDIDATES[i]) in HAS_CANDIDATE)
			print_row(link, CANDIDATES[i], other)
}

function print_row(link, candidate, other,    j, x)
{
	if (candidate == other)
		return
	printf "  %-14s", candidate
	for (j = 1; j in METRICS; j++) {
		if (!(METRICS[j] in HAS_METRIC))
			continue
		x = other == "" ? median(link, candidate, METRICS[j]) : \
		    ratio(link, candidate, other, METRICS[j])
		printf "%8s", short(x)
	}
	printf "\n"
}

function print_figures(    i, part, x, said)
{
	for (i = 1; i <= figures; i++) {
		split(FIGURES[i], part, "\t")
		x = ratio(part[1] "\t" part[2], "rudder", part[4], part[3])
		if (x == "")
			continue
		if (!said++)
			printf "\n== What rudder is to reach\n\n%-32s%-18s" \
			    "%8s%8s%8s\n", "link", "metric", "is", "least", \
			    "aim"
		printf "%-32s%-18s%8s%8s%8s  %s\n", \
		    link_name(part[1] "\t" part[2]), \
		    part[3] " / " part[4], short(x), part[5], part[6], \
		    verdict(x, part)
	}
	if (said)
		print ""
}

function verdict(x, part)
{
	if (reaches(part[3], x, part[6]))
		return "as aimed at"
	return reaches(part[3], x, part[5]) ? "reached" : "MISSED"
}

function reaches(metric, x, goal)
{
	return less_is_better(metric) ? x <= goal + 0 : x >= goal + 0
}

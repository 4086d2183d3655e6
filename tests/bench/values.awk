# SPDX-License-Identifier: Apache-2.0
#
# values.awk - what table.awk, bars.awk, json.awk and svg.awk have in common.
#
# Reads the file "figures" and then one of measurements, of lines
#
#	#	FACT		VALUE
#	LINK	MTU		CANDIDATE	ROUND	METRIC	VALUE
#
# Any awk will do; it is for those that cannot sort that sorted() is here.

BEGIN {
	FS = "\t"
	split("tcp1 retr cpu tcp4 bidir udp64 udp1400 gen64 gen1400 ping p99",
	    METRICS, " ")
	split("veth vxlan rudder rudder-off peer", CANDIDATES, " ")
}

FNR == 1 {
	file++
}

file == 1 {
	if ($0 !~ /^#/)
		FIGURES[++figures] = $0
	next
}

/^#/ {
	FACT[$2] = $3
	FACTS[++facts] = $2
	next
}

{
	link = $1 "\t" $2
	if (!(link in seen))
		LINKS[++links] = link
	seen[link] = 1
	HAS_METRIC[$5] = 1
	if (!((link, $3) in HAS_CANDIDATE))
		HAS_CANDIDATES[link]++
	HAS_CANDIDATE[link, $3] = 1
	VALUE[link, $3, $5, $4] = $6
	if ($4 > rounds)
		rounds = $4
}

# sorted(LIST, N): insertion; N is small.
function sorted(list, n,    i, j, x)
{
	for (i = 2; i <= n; i++) {
		x = list[i]
		for (j = i - 1; j > 0 && list[j] > x; j--)
			list[j + 1] = list[j]
		list[j + 1] = x
	}
}

function middle(list, n)
{
	if (n == 0)
		return ""
	sorted(list, n)
	if (n % 2)
		return list[(n + 1) / 2]
	return (list[n / 2] + list[n / 2 + 1]) / 2
}

# Of one round; "" where nothing was measured.
function measured(link, candidate, metric, i)
{
	if ((link, candidate, metric, i) in VALUE)
		return VALUE[link, candidate, metric, i] + 0
	return ""
}

# Of all rounds.
function median(link, candidate, metric,    list, n, i, x)
{
	for (i = 1; i <= rounds; i++) {
		x = measured(link, candidate, metric, i)
		if (x != "")
			list[++n] = x
	}
	return middle(list, n + 0)
}

# The median of the rounds' ratios, not the ratio of the medians: what drifts
# from round to round falls out of it.
function ratio(link, candidate, other, metric,    list, n, i, x, base)
{
	for (i = 1; i <= rounds; i++) {
		x = measured(link, candidate, metric, i)
		base = measured(link, other, metric, i)
		if (x != "" && base > 0)
			list[++n] = x / base
	}
	return middle(list, n + 0)
}

function less_is_better(metric)
{
	return metric ~ /^(retr|cpu|ping|p99)$/
}

# link_name("card\t1500")
function link_name(link,    part)
{
	split(link, part, "\t")
	return (part[1] == "card" ? "like a network card" : \
	    "passes 64 KB whole") ", MTU " part[2]
}

# Three digits that count.
function short(x)
{
	if (x == "")
		return "-"
	if (x >= 100 || x == 0)
		return sprintf("%.0f", x)
	if (x >= 10)
		return sprintf("%.1f", x)
	if (x >= 0.1)
		return sprintf("%.2f", x)
	return sprintf("%.3f", x)
}

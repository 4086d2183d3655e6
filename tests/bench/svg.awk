# SPDX-License-Identifier: Apache-2.0
# svg.awk - the measurements as a picture: for each link, how many times as
# good as the kernel's vxlan. After values.awk.

BEGIN {
	WIDTH = 960
	LEFT = 44		# of the bars; the scale is there
	RIGHT = 24
	HEAD = 104		# title and legend
	PANEL = 236		# one link, its title and labels included
	PLOT = 150		# the height of its bars
	FOOT = 40

	COLOUR["veth"] = "#c3c9d2"
	COLOUR["rudder"] = "#0b66b5"
	COLOUR["rudder-off"] = "#93c6ee"
	COLOUR["peer"] = "#e8973a"
	LEGEND["veth"] = "the link without a tunnel"
	LEGEND["rudder"] = "rudder"
	LEGEND["rudder-off"] = "rudder, offloads off"
	LEGEND["peer"] = "another of the family"

	# "cpu" and "ping" are turned around: taller is better everywhere.
	split("tcp1 tcp4 bidir udp64 udp1400 gen64 gen1400 cpu ping", SHOWN, \
	    " ")
	ABOVE["tcp1"] = "TCP"
	BELOW["tcp1"] = "1 stream"
	ABOVE["tcp4"] = "TCP"
	BELOW["tcp4"] = "4 streams"
	ABOVE["bidir"] = "TCP"
	BELOW["bidir"] = "both ways"
	ABOVE["udp64"] = "UDP 64 B"
	BELOW["udp64"] = "iperf3"
	ABOVE["udp1400"] = "UDP 1400 B"
	BELOW["udp1400"] = "iperf3"
	ABOVE["gen64"] = "UDP 64 B"
	BELOW["gen64"] = "sendmmsg"
	ABOVE["gen1400"] = "UDP 1400 B"
	BELOW["gen1400"] = "sendmmsg"
	ABOVE["cpu"] = "bytes per"
	BELOW["cpu"] = "CPU second"
	ABOVE["ping"] = "ping"
	BELOW["ping"] = "1 / time"
}

END {
	choose()
	open_svg()
	print_legend()
	for (i = 1; i <= panels; i++)
		print_panel(PANELS[i], HEAD + (i - 1) * PANEL)
	print_foot()
	print "</svg>"
}

# What there is to show, and the scale that all panels share.
function choose(    i, j, k, top)
{
	for (i = 1; i in SHOWN; i++)
		if (SHOWN[i] in HAS_METRIC)
			GROUPS[++groups] = SHOWN[i]
	for (i = 1; i <= links; i++)
		if ((LINKS[i], "vxlan") in HAS_CANDIDATE)
			PANELS[++panels] = LINKS[i]
	top = 1.5
	for (i = 1; i in CANDIDATES; i++) {
		if (!(CANDIDATES[i] in COLOUR))
			continue
		for (j = 1; j <= panels; j++)
			if ((PANELS[j], CANDIDATES[i]) in HAS_CANDIDATE)
				break
		if (j > panels)
			continue
		BARS[++bars] = CANDIDATES[i]
		for (j = 1; j <= panels; j++)
			for (k = 1; k <= groups; k++)
				top = larger(top, goodness(PANELS[j], \
				    CANDIDATES[i], GROUPS[k]))
	}
	SCALE = top > 5 ? 5 : int(top * 2 + 0.999) / 2
}

function larger(a, b)
{
	return b != "" && b > a ? b : a
}

# Times as good as vxlan.
function goodness(link, candidate, metric,    x)
{
	x = ratio(link, candidate, "vxlan", metric)
	if (x == "" || x == 0)
		return ""
	return less_is_better(metric) ? 1 / x : x
}

function text(x, y, class, what, more)
{
	gsub(/&/, "\\&amp;", what)
	gsub(/</, "\\&lt;", what)
	printf "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\"%s>%s</text>\n", \
	    x, y, class, more, what
}

function line(x1, y1, x2, y2, class)
{
	printf "<path d=\"M%.1f %.1fH%.1f\" class=\"%s\"/>\n", x1, y1, x2, \
	    class
}

function open_svg(    height)
{
	height = HEAD + panels * PANEL + FOOT
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" " \
	    "viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n", WIDTH, \
	    height, WIDTH, height
	print "<title>rudder and the kernel's vxlan</title>"
	print "<style>"
	print "text{font-family:system-ui,-apple-system,\"Segoe UI\"," \
	    "Roboto,\"DejaVu Sans\",sans-serif;fill:#39424e}"
	print ".title{font-size:22px;font-weight:600;fill:#16202b}"
	print ".panel{font-size:14px;font-weight:600;fill:#16202b}"
	print ".note,.legend{font-size:12.5px}"
	print ".note{fill:#66707c}"
	print ".label,.value,.tick{font-size:11px;text-anchor:middle}"
	print ".value{font-size:10px}"
	print ".strong{font-size:10.5px;font-weight:700;fill:#0b4f8c;" \
	    "text-anchor:middle}"
	print ".tick{text-anchor:end;fill:#8b94a0}"
	print ".grid{stroke:#e7eaee}"
	print ".base{stroke:#b4bbc5}"
	print ".vxlan{stroke:#c2362f;stroke-width:1.5;" \
	    "stroke-dasharray:5 3;fill:none}"
	print ".red{font-size:11px;fill:#c2362f;text-anchor:end}"
	print "</style>"
	printf "<rect width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#fff\"/>\n", \
	    WIDTH, height
	text(LEFT, 36, "title", "Times as good as the kernel's vxlan")
	text(LEFT, 58, "note", "Taller is better. Two hosts on " \
	    FACT["cpus"] " CPUs, Linux " plain_kernel() ", medians of " \
	    rounds " interleaved rounds.")
}

# 6.1.0-9-amd64: what comes after the numbers says nothing here.
function plain_kernel(    version)
{
	version = FACT["kernel"]
	sub(/[^0-9.].*/, "", version)
	return version
}

function print_legend(    i, x)
{
	x = LEFT
	for (i = 1; i <= bars; i++) {
		printf "<rect x=\"%d\" y=\"74\" width=\"12\" height=\"12\" " \
		    "rx=\"2\" fill=\"%s\"/>\n", x, COLOUR[BARS[i]]
		text(x + 18, 84.5, "legend", legend(BARS[i]))
		x += 42 + 6.6 * length(legend(BARS[i]))
	}
	line(x, 80, x + 18, 80, "vxlan")
	text(x + 24, 84.5, "legend", "vxlan")
}

function legend(candidate)
{
	if (candidate == "peer" && FACT["peer"] != "")
		return FACT["peer"]
	return LEGEND[candidate]
}

# ---- one link ----------------------------------------------------------------

function print_panel(link, y,    floor, i, width)
{
	floor = y + 36 + PLOT
	text(LEFT, y + 18, "panel", \
	    (link ~ /^card/ ? "A link " : "A link that ") link_name(link))
	print_grid(floor)
	width = (WIDTH - LEFT - RIGHT) / (groups ? groups : 1)
	for (i = 1; i <= groups; i++)
		print_group(link, GROUPS[i], LEFT + (i - 1) * width, width, \
		    floor)
	line(LEFT, height_of(1, floor), WIDTH - RIGHT, height_of(1, floor), \
	    "vxlan")
}

function height_of(x, floor)
{
	return floor - PLOT * (x > SCALE ? SCALE : x) / SCALE
}

function print_grid(floor,    x)
{
	for (x = 0; x <= SCALE; x += 1) {
		line(LEFT, height_of(x, floor), WIDTH - RIGHT, \
		    height_of(x, floor), x ? "grid" : "base")
		text(LEFT - 8, height_of(x, floor) + 4, "tick", x)
	}
}

function print_group(link, metric, x, width, floor,    i, bar, left)
{
	bar = (width - 10) / (bars ? bars : 1)
	if (bar > 30)
		bar = 30
	left = x + (width - bar * bars) / 2
	for (i = 1; i <= bars; i++)
		print_bar(left + (i - 1) * bar, bar - 2, floor, BARS[i], \
		    goodness(link, BARS[i], metric))
	text(x + width / 2, floor + 16, "label", ABOVE[metric])
	text(x + width / 2, floor + 29, "label", BELOW[metric])
}

function print_bar(x, width, floor, candidate, value,    top)
{
	if (value == "")
		return
	top = height_of(value, floor)
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" " \
	    "height=\"%.1f\" rx=\"1.5\" fill=\"%s\"/>\n", x, top, width, \
	    floor - top, COLOUR[candidate]
	text(x + width / 2, top - 4, \
	    candidate == "rudder" ? "strong" : "value", short_ratio(value))
}

function short_ratio(x)
{
	if (x < 0.995)
		return substr(sprintf("%.2f", x), 2)
	return sprintf(x < 2 ? "%.2f" : x < 10 ? "%.1f" : "%.0f", x)
}

function print_foot()
{
	text(LEFT, HEAD + panels * PANEL + 14, "note", "make bench; " \
	    FACT["cpu"] ". CPU seconds are those of the whole machine.")
}

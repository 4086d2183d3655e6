# SPDX-License-Identifier: Apache-2.0
# json.awk - the measurements for programs. After values.awk.

END {
	printf "{\n"
	for (i = 1; i <= facts; i++)
		printf "  %s: %s,\n", quote(FACTS[i]), scalar(FACT[FACTS[i]])
	printf "  \"links\": ["
	for (i = 1; i <= links; i++) {
		printf "%s\n", (i > 1 ? "," : "")
		print_link(LINKS[i])
	}
	printf "\n  ]\n}\n"
}

function quote(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

function scalar(text)
{
	return text ~ /^[0-9]+$/ ? text : quote(text)
}

function number(x)
{
	return x == "" ? "null" : sprintf("%.6g", x)
}

function print_link(link,    part, i, n)
{
	split(link, part, "\t")
	printf "    {\n      \"link\": %s,\n      \"mtu\": %d,\n", \
	    quote(part[1]), part[2]
	printf "      \"candidates\": {"
	for (i = 1; i in CANDIDATES; i++) {
		if (!((link, CANDIDATES[i]) in HAS_CANDIDATE))
			continue
		printf "%s\n", n++ ? "," : ""
		print_candidate(link, CANDIDATES[i])
	}
	printf "\n      }\n    }"
}

function print_candidate(link, candidate,    i, n)
{
	printf "        %s: {", quote(candidate)
	for (i = 1; i in METRICS; i++) {
		if (median(link, candidate, METRICS[i]) == "")
			continue
		printf "%s\n", n++ ? "," : ""
		print_metric(link, candidate, METRICS[i])
	}
	printf "\n        }"
}

function print_metric(link, candidate, metric,    i, n)
{
	printf "          %s: {\"median\": %s, \"vs_vxlan\": %s, " \
	    "\"vs_veth\": %s, \"rounds\": [", quote(metric), \
	    number(median(link, candidate, metric)), \
	    number(ratio(link, candidate, "vxlan", metric)), \
	    number(ratio(link, candidate, "veth", metric))
	for (i = 1; i <= rounds; i++)
		printf "%s%s", (i > 1 ? ", " : ""), \
		    number(measured(link, candidate, metric, i))
	printf "]}"
}

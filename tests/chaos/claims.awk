# SPDX-License-Identifier: Apache-2.0
#
# claims.awk - did two hosts ever believe that they owned one subnet at one
# time? Reads their logs, stamped: one file for each host, NAME.log.
#
#	T ... lease: 10.1.5.0/24 is ours for 12 s	from T to T + 12
#	T ... lease: 10.1.5.0/24 is ours no longer: ...	until T
#	T chaos: ended					its process did
#
# Prints each pair that did, and last how many claims there were; status 1
# when there was a pair, or no claim at all.

FNR == 1 {
	close_claim(0)
	host = FILENAME
	sub(/.*\//, "", host)
	sub(/\.log$/, "", host)
}

# The claim that is open, if any, ends: at its time, or before.
function close_claim(at) {
	if (subnet != "" && at > 0 && at < till[n])
		till[n] = at
	subnet = ""
}

function claim(net, seconds) {
	renewals++
	if (net != subnet || $1 > till[n]) {
		close_claim($1)
		n++
		who[n] = host
		what[n] = net
		from[n] = $1 + 0
		subnet = net
	}
	till[n] = seconds > 0 ? $1 + seconds : 1e12
}

/ lease: [0-9.\/]+ is ours for [0-9]+ s/ {
	match($0, /lease: [0-9.\/]+ is ours for [0-9]+/)
	split(substr($0, RSTART, RLENGTH), word, " ")
	claim(word[2], word[6])
}

/ lease: [0-9.\/]+ is ours no longer/ { close_claim($1) }
/^[0-9.]+ chaos: ended/ { close_claim($1) }

END {
	for (i = 1; i <= n; i++) {
		for (j = i + 1; j <= n; j++) {
			if (who[i] == who[j] || what[i] != what[j] ||
			    from[i] >= till[j] || from[j] >= till[i])
				continue
			printf "%s: %s from %.3f to %.3f, %s from %.3f to " \
			    "%.3f\n", what[i], who[i], from[i], till[i],
			    who[j], from[j], till[j]
			bad++
		}
	}
	printf "%d claims, told %d times, %d of two at once\n",
	    n, renewals, bad
	exit bad > 0 || n == 0
}

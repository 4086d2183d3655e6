# SPDX-License-Identifier: Apache-2.0
#
# gaps.awk - what became of a stream of echoes: reads what "ping -D" says,
# one file for each stream. Prints the longest time, in milliseconds, that
# passed between two answers, how many answers there were, and how many are
# missing between the first and the last.

FNR == 1 { last = seen = 0 }

/^\[[0-9.]+\] .* icmp_seq=[0-9]+ / {
	now = substr($1, 2) + 0
	seq = $0
	sub(/.* icmp_seq=/, "", seq)
	seq += 0
	answers++
	if (last > 0 && (now - last) * 1000 > gap)
		gap = (now - last) * 1000
	if (seen > 0 && seq > seen + 1)
		missing += seq - seen - 1
	else if (seen > 0 && seq < seen)
		missing--
	last = now
	if (seq > seen)
		seen = seq
}

END { printf "%.0f %d %d\n", gap, answers, missing }

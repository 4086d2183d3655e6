#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
#	fuzz.sh TARGET...
#
# Each fuzz target for FUZZ_SECONDS, or those of them that FUZZ names. They
# begin with the corpus and what former runs have added to found/NAME here; a
# file on which one fails is kept as found/NAME-KIND-HASH.
set -u

SECONDS_EACH=${FUZZ_SECONDS:-60}
CORPUS=$top_srcdir/tests/fuzz/corpus
DICTIONARY=$top_srcdir/tests/fuzz/dictionary
ASAN_OPTIONS=intercept_tls_get_addr=0
export ASAN_OPTIONS

is_wanted() {	# NAME
	[ -n "${FUZZ:-}" ] || return 0
	case " $FUZZ " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

fuzz() {	# TARGET NAME
	mkdir -p "found/$2" || return
	set -- "$1" "$2" "-max_total_time=$SECONDS_EACH" -timeout=20 \
		-print_final_stats=1 "-artifact_prefix=found/$2-"
	[ ! -e "$DICTIONARY/$2" ] || set -- "$@" "-dict=$DICTIONARY/$2"
	target=$1
	name=$2
	shift 2
	"$target" "$@" "found/$name" "$CORPUS/$name" >"found/$name.log" 2>&1
}

# The last that libFuzzer said of a number, as in "cov: 214".
number() {	# NAME WORD
	grep -o "$2: *[0-9]*" "found/$1.log" | sed -n '$s/.*: *//p'
}

failed=
for target; do
	name=${target##*_}
	is_wanted "$name" || continue
	printf '%-12s' "$name"
	if fuzz "$target" "$name"; then
		echo "ok: $(number "$name" number_of_executed_units) runs," \
			"$(number "$name" cov) places reached"
	else
		echo "FAILED: see found/$name.log"
		grep -E 'not so:|ERROR:|runtime error|Test unit written' \
			"found/$name.log"
		failed="$failed $name"
	fi
done
[ -z "$failed" ]

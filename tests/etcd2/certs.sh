#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
#	certs.sh DIR
#
# Fills DIR with two authorities, ca and other, and what they have issued:
# certificates for etcd (server, and for the wrong name, and expired) and for
# a client (client, and stranger, which is the other authority's).

set -eu
cd "$1"

key() {	# NAME
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
}

authority() {	# NAME
	key "$1"
	openssl req -x509 -new -key "$1.key" -subj "/CN=$1" -days 2 \
		-out "$1.pem"
}

issue() {	# NAME AUTHORITY SUBJECT DAYS ALTNAME
	key "$1"
	openssl req -new -key "$1.key" -subj "/CN=$3" -out "$1.csr"
	echo "subjectAltName=$5" >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
		-set_serial "$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')" \
		-days "$4" -extfile "$1.ext" -out "$1.pem"
}

authority ca
authority other
issue server ca etcd 2 IP:127.0.0.1,DNS:localhost
issue misnamed ca etcd 2 DNS:etcd.example.com
issue expired ca etcd -1 IP:127.0.0.1
issue client ca alice 2 DNS:alice
issue stranger other alice 2 DNS:alice

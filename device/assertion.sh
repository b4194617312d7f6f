#!/bin/sh
# Signs in with a key instead of a secret (private_key_jwt, RFC 7523): what a device needs beside curl and openssl.
#
#   assertion.sh jwks KEY.pem                      prints the public key, for the registration
#   assertion.sh sign KEY.pem CLIENT_ID AUDIENCE   prints an assertion for one request; AUDIENCE is the broker's address
#
# KEY.pem is Ed25519 (openssl genpkey -algorithm ed25519, OpenSSL 3), P-256 (openssl ecparam -name prime256v1 -genkey
# -noout) or RSA (openssl genrsa 2048). The clock must be right to a minute.
set -eu

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# Hexadecimal digits on stdin to bytes; octal escapes, since those are what every printf understands.
# shellcheck disable=SC2059
from_hex() {
  tr -d ' \n:' | tr 'A-F' 'a-f' | awk '{
    for (i = 1; i < length($0); i += 2) {
      byte = (index("0123456789abcdef", substr($0, i, 1)) - 1) * 16 + index("0123456789abcdef", substr($0, i + 1, 1)) - 1
      printf "\\%03o", byte
    }
  }' | while IFS= read -r octal || [ -n "$octal" ]; do printf "$octal"; done
}

# ed25519, p256 or rsa.
kind_of() {
  case $(openssl pkey -in "$1" -noout -text 2>/dev/null) in
    *ED25519*) echo ed25519 ;;
    *prime256v1*) echo p256 ;;
    *odulus:*) echo rsa ;;
    *) echo "$1 is not an Ed25519, P-256 or RSA key in PEM." >&2; return 1 ;;
  esac
}

public_der() { openssl pkey -in "$1" -pubout -outform DER; }

jwks() {
  case $(kind_of "$1") in
    ed25519) key="\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"$(public_der "$1" | tail -c 32 | base64url)\"" ;;
    p256)
      x=$(public_der "$1" | tail -c 64 | head -c 32 | base64url)
      y=$(public_der "$1" | tail -c 32 | base64url)
      key="\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$x\",\"y\":\"$y\""
      ;;
    rsa)
      n=$(openssl rsa -in "$1" -noout -modulus 2>/dev/null | sed 's/^Modulus=//' | from_hex | base64url)
      key="\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"$n\""
      ;;
    *) exit 1 ;;
  esac
  printf '{"keys":[{%s}]}\n' "$key"
}

# A DER signature of P-256 to its two numbers, 32 bytes each (RFC 7518 §3.4).
raw_signature() {
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r number; do
    printf '%64s' "$number" | tr ' ' '0' | tail -c 64
  done | from_hex
}

sign() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  case $(kind_of "$1") in
    ed25519) alg=EdDSA ;;
    p256) alg=ES256 ;;
    rsa) alg=RS256 ;;
    *) exit 1 ;;
  esac
  now=$(date +%s)
  jti=$(openssl rand -hex 16)
  claims="{\"iss\":\"$2\",\"sub\":\"$2\",\"aud\":\"$3\",\"jti\":\"$jti\",\"iat\":$now,\"exp\":$((now + 60))}"
  input="$(printf '{"alg":"%s"}' "$alg" | base64url).$(printf %s "$claims" | base64url)"
  printf %s "$input" >"$scratch/input"
  case $alg in
    EdDSA) openssl pkeyutl -sign -rawin -inkey "$1" -in "$scratch/input" ;;
    ES256) openssl dgst -sha256 -sign "$1" "$scratch/input" | raw_signature ;;
    RS256) openssl dgst -sha256 -sign "$1" "$scratch/input" ;;
  esac | base64url >"$scratch/signature"
  printf '%s.%s\n' "$input" "$(cat "$scratch/signature")"
}

case "${1-}:$#" in
  jwks:2) jwks "$2" ;;
  sign:4) sign "$2" "$3" "$4" ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

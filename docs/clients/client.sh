#!/bin/sh
# The API from a shell: tag, store, find, a report on what is stored, erase.
# sh client.sh ADDRESS KEY
set -eu
address=$1 key=$2

ask() { # method path [options of curl]: --retry waits as Retry-After says after 429 and 503
  method=$1 path=$2
  shift 2
  curl --silent --show-error --fail-with-body --retry 10 -X "$method" "$address$path" \
    -H "Authorization: Bearer $key" "$@"
}

json='Content-Type: application/json'
ask POST /v1/tag -H "$json" -d '{"items": [{"id": "sh-1", "text": "快递太慢了，客服也没人理"}]}'
echo
ask POST /v1/comments -H "$json" -H 'Idempotency-Key: sh-1' \
  -d '{"items": [{"id": "sh-2", "text": "The sofa broke after a week", "customer_id": "sh", "scores": {"nps": 1}}]}'
echo
ask GET '/v1/comments?polarity=neg&limit=10'
echo
printf '%s\n' '{"id": "l1", "text": "Great service"}' '{"id": "l2", "text": "Never again"}' |
  ask POST /v1/tag/stream -H 'Content-Type: application/x-ndjson' -T -
ask DELETE /v1/customers/sh
echo
